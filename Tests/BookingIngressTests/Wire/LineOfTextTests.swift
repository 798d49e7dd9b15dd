import Testing

@testable import BookingIngress

@Suite("A line of text")
struct LineOfTextTests {
    @Test(
        "What people call themselves and their events may be written",
        arguments: [
            "Ada", "O'Hara-N\u{FA}\u{F1}ez", "\u{674E}\u{5C0F}\u{9F8D}", "10 % off!", "a\u{A0}b",
            // Persian with a non-joiner, Sinhala with a joiner behind a mark, a family, a rainbow flag.
            "\u{645}\u{6CC}\u{200C}\u{62E}\u{648}\u{627}\u{647}\u{645}",
            "\u{DC1}\u{DCA}\u{200D}\u{DBB}\u{DD3}",
            "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
            "\u{1F3F3}\u{FE0F}\u{200D}\u{1F308}", "e\u{301}",
        ])
    func fine(text: String) { #expect(LineOfText.objection(to: text) == nil) }

    @Test(
        "A text that shows nothing is blank",
        arguments: [
            " ", "\u{A0}\u{2003}", "\u{3164}", "\u{115F}\u{1160}", "\u{2800}", "\u{301}",
            "\u{FE0F}",
            "\u{34F}",
        ])
    func blank(text: String) { #expect(LineOfText.objection(to: text) == "must not be blank") }

    @Test(
        "What hides, or makes a text look like another, is refused",
        arguments: [
            "a\u{202E}b", "a\u{2066}b", "a\u{200B}b", "a\u{AD}b", "a\u{FEFF}", "\u{200F}a",
            "a\u{61C}b",
            "a\u{2060}b", "a\u{E0041}", "a\u{200D}", "\u{200C}a", "a \u{200D}b",
            "a\u{200D}\u{200D}b",
            "a\u{200C} b", "a\nb", "a\u{85}b", "a\u{2028}b", "a\u{2029}b", "\t", "a\u{FFFE}b",
        ])
    func hidden(text: String) throws {
        let objection = try #require(LineOfText.objection(to: text))
        #expect(objection != "must not be blank")
    }

    @Test("The character that is refused is named")
    func named() {
        #expect(
            LineOfText.objection(to: "a\u{202E}b")
                == "must not contain format characters, such as U+202E")
    }
}
