import NIOCore
import Testing

@testable import BookingLoad

@Suite("What an answer means to a load")
struct LoadAnswerTests {
    static let booking = """
        {"id":"b1","eventId":"e","status":"STATUS","reason":"sold_out",
         "items":[{"ticketTypeId":"t","quantity":1}]}
        """

    static func body(_ status: String) -> String { booking.replacing("STATUS", with: status) }

    static func problem(_ slug: String, _ status: Int, booking: String? = nil) -> String {
        "{\"type\":\"/problems/\(slug)\",\"title\":\"No\",\"status\":\(status)"
            + (booking.map { ",\"booking\":\($0)" } ?? "") + "}"
    }

    @Test(
        "By status and body",
        arguments: [
            (202, body("pending"), .pending(id: "b1", retryAfter: .seconds(1))),
            (200, body("pending"), .pending(id: "b1", retryAfter: .seconds(1))),
            (201, body("confirmed"), .decided(LoadOutcome(status: "confirmed"))),
            (
                200, body("rejected"),
                .decided(LoadOutcome(status: "rejected", reason: "sold_out"))
            ),
            (
                409, problem("sold-out", 409, booking: body("rejected")),
                .decided(LoadOutcome(status: "rejected", reason: "sold_out"))
            ),
            (
                409, problem("event-closed", 409),
                .decided(LoadOutcome(status: "409", reason: "event-closed"))
            ),
            (
                422, problem("undecodable", 422, booking: body("failed")),
                .decided(LoadOutcome(status: "failed", reason: "sold_out"))
            ),
            (
                422, problem("invalid", 422), .unexpected(Refusal(status: 422, slug: "invalid"))
            ),
            (
                503, problem("overloaded", 503),
                .refused(Refusal(status: 503, slug: "overloaded"), retryAfter: .seconds(1))
            ),
            (
                429, "", .refused(Refusal(status: 429, slug: "none"), retryAfter: .seconds(1))
            ),
            (500, "", .unexpected(Refusal(status: 500, slug: "none"))),
            (202, "{}", .unreadable(status: 202)),
            (202, #"{"status":"pending"}"#, .unreadable(status: 202)),
        ] as [(Int, String, LoadAnswer)])
    func meaning(status: Int, body: String, expected: LoadAnswer) {
        let answer = LoadAnswer(
            status: status, retryAfter: .seconds(1), body: ByteBuffer(string: body), to: .booking)
        #expect(answer == expected)
    }

    @Test("An event that was asked for is not looked at")
    func event() {
        let body = ByteBuffer(string: #"{"id":"e1","status":"onSale"}"#)
        #expect(LoadAnswer(status: 200, retryAfter: nil, body: body, to: .event) == .event)
        let gone = LoadAnswer(status: 404, retryAfter: nil, body: ByteBuffer(), to: .event)
        #expect(gone == .unexpected(Refusal(status: 404, slug: "none")))
    }

    @Test(
        "A member is found by its whole name and only as a string",
        arguments: [
            (#"{"id":"a"}"#, "a"), (#"{ "id" : "a b" }"#, "a b"), (#"{"id":""}"#, ""),
            (#"{"id":7,"x":{"id":"b"}}"#, "b"), (#"{"eventId":"e","id":"c"}"#, "c"),
            (#"{"a":"id","id":"d"}"#, "d"), (#"{"id"}"#, nil), (#"{"id":"cut"#, nil),
            (#"{"id":"#, nil), (#"{"id""#, nil), ("", nil), (#"{"ids":"x"}"#, nil),
        ] as [(String, String?)])
    func scan(text: String, expected: String?) {
        #expect(MemberScan("id").text(in: ByteBuffer(string: text)) == expected)
    }
}
