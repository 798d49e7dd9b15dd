import Testing

@testable import BookingIngress

struct PreferencesTests {
    @Test(
        "a preferred wait is read, capped, and passed over when it makes no sense",
        arguments: [
            ([], nil), (["wait=10"], 10), (["Wait = \"7\""], 7), (["respond-async, wait=5"], 5),
            (["respond-async", "wait=5"], 5), (["wait=3, wait=9"], 3), (["wait=30"], 30),
            (["wait=31"], 30), (["wait=99999999999999999999"], 30), (["wait=0"], nil),
            (["wait=-1"], nil), (["wait=1.5"], nil), (["wait=soon"], nil), (["wait"], nil),
            (["wait="], nil), (["wait=5;foo=bar"], 5), (["waiter=5"], nil), (["wait=\""], nil),
            ([",,="], nil), (["wait=soon, wait=4"], 4),
            // Commas in quotes separate nothing, nor do quotes that are escaped end a text.
            ([#"note="a, wait=9", wait=3"#], 3), ([#"note="\", wait=9, ", wait=3"#], 3),
            ([#"note="never closed, wait=9"#], nil),
        ] as [([String], Int?)])
    func waits(fields: [String], seconds: Int?) {
        #expect(Preferences(fields: fields).waitSeconds == seconds)
    }
}
