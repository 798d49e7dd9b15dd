import Testing

@testable import BookingIngress

@Suite("A line of text")
struct SingleRowTextTests {
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
    func fine(text: String) { #expect(SingleRowText.objection(to: text) == nil) }

    @Test(
        "A text that shows nothing is blank",
        arguments: [
            " ", "\u{A0}\u{2003}", "\u{2800}", "\u{301}", "\u{FE0F}", "\u{378}",
        ])
    func blank(text: String) { #expect(SingleRowText.objection(to: text) == "must not be blank") }

    @Test(
        "What hides, or makes a text look like another, is refused",
        arguments: [
            "a\u{202E}b", "a\u{2066}b", "a\u{200B}b", "a\u{AD}b", "a\u{FEFF}", "\u{200F}a",
            "a\u{61C}b",
            "a\u{2060}b", "a\u{E0041}", "a\u{200D}", "\u{200C}a", "a \u{200D}b",
            "a\u{200D}\u{200D}b",
            "a\u{200C} b", "a\nb", "a\u{85}b", "a\u{2028}b", "a\u{2029}b", "\t", "a\u{FFFE}b",
            "a\u{3164}", "\u{115F}\u{1160}", "a\u{34F}", "a\u{FFA0}", "a\u{17B4}", "a\u{180E}",
            "a\u{2065}", "a\u{E0000}", "a\u{E000}",
        ])
    func hidden(text: String) throws {
        let objection = try #require(SingleRowText.objection(to: text))
        #expect(objection != "must not be blank")
    }

    @Test(
        "Texts that look alike are seen as one",
        arguments: [
            ("Stalls", " STALLS "), ("Stalls", "Sta\u{200C}lls"), ("Stalls", "Stalls\u{FE0F}"),
            ("Stalls", "Stalls\u{2800}"), ("Caf\u{E9}", "Cafe\u{301}"), ("A  b", "a\u{A0}B"),
        ])
    func alike(one: String, other: String) {
        #expect(SingleRowText.seen(one) == SingleRowText.seen(other))
        #expect(SingleRowText.seen(one) != SingleRowText.seen(one + "2"))
    }

    @Test("The character that is refused is named")
    func named() {
        #expect(
            SingleRowText.objection(to: "a\u{202E}b")
                == "must not contain characters that cannot be seen, such as U+202E")
    }
}
