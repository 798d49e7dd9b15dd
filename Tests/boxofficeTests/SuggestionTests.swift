import Testing

@testable import boxoffice

@Suite("What was meant by a name that does not exist")
struct SuggestionTests {
    @Test(
        "The nearest name is guessed, unless none is near",
        arguments: [
            ("--http-prot", "--http-port"), ("--htttp-port", "--http-port"),
            ("--ttp-port", "--http-port"), ("--secrt", "--secret"), ("--x", nil),
            ("--completely-else", nil), ("", nil),
        ])
    func nearest(name: String, expected: String?) {
        let known = ["--http-port", "--http-host", "--secret"]
        #expect(Suggestion.nearest(to: name, among: known) == expected)
    }

    @Test("Nothing is guessed where nothing is known")
    func nothingKnown() {
        #expect(Suggestion.text(for: "x", among: []).isEmpty)
    }
}
