import NIOCore
import Testing

@testable import BookingLoad

@Suite("Requests as bytes")
struct RequestBytesTests {
    private func bytes(_ style: LoadStyle) throws -> RequestBytes {
        let endpoints = try ["http://a:1", "http://b:2/"].map { try #require(Endpoint($0)) }
        let nobody = UserDocument(id: "u", email: "e", name: "n", role: "attendee")
        let buyers = ["token-0", "token-1"].map { Session(token: $0, user: nobody) }
        let scene = LoadScene(
            crowd: Crowd(organizers: [], buyers: buyers),
            offers: [
                LoadScene.Offer(event: "event-0", ticketType: "type-0"),
                LoadScene.Offer(event: "event-1", ticketType: "type-1"),
            ])
        return RequestBytes(
            endpoints: endpoints, scene: scene, style: style, waitSeconds: 9, run: "r")
    }

    private func text(
        _ message: LoadMessage, of connection: Int, _ style: LoadStyle = .wait
    ) throws -> String {
        var buffer = ByteBuffer()
        try bytes(style).write(message, of: connection, number: 77, into: &buffer)
        return String(buffer: buffer)
    }

    @Test("A booking that waits for its outcome")
    func booking() throws {
        let body = #"{"items":[{"quantity":1,"ticketTypeId":"type-1"}]}"#
        #expect(
            try text(.first(.book(event: 1)), of: 3) == """
                POST /v1/events/event-1/bookings HTTP/1.1\r
                Host: b:2\r
                Authorization: Bearer token-1\r
                Prefer: wait=9\r
                Content-Type: application/json\r
                Idempotency-Key: load-r-77\r
                Content-Length: \(body.utf8.count)\r
                \r
                \(body)
                """)
    }

    @Test("A booking that does not wait says nothing of it")
    func bookingWithoutWait() throws {
        #expect(try !text(.first(.book(event: 1)), of: 3, .poll).contains("Prefer"))
    }

    @Test("A long poll, in either style", arguments: LoadStyle.allCases)
    func ask(style: LoadStyle) throws {
        #expect(
            try text(.ask(id: "b1"), of: 0, style) == """
                GET /v1/bookings/b1 HTTP/1.1\r
                Host: a:1\r
                Authorization: Bearer token-0\r
                Prefer: wait=9\r
                \r\n
                """)
    }

    @Test("A look at an event")
    func read() throws {
        #expect(
            try text(.first(.read(event: 1)), of: 4)
                == "GET /v1/events/event-1 HTTP/1.1\r\nHost: a:1\r\n\r\n")
    }

    @Test(
        "A URL is taken apart, or not taken",
        arguments: [
            ("http://127.0.0.1:8080", "127.0.0.1", 8080),
            ("http://box.example/", "box.example", 80),
            ("http://[::1]:81", "::1", 81), ("https://a:1", nil, 0), ("http://a:1/base", nil, 0),
            ("http://", nil, 0), ("http://:1", nil, 0), ("http://a:0", nil, 0),
            ("http://a:x", nil, 0), ("http://[::1", nil, 0), ("http://a:65536", nil, 0),
            ("http://u@a", nil, 0),
        ] as [(String, String?, Int)])
    func endpoint(url: String, host: String?, port: Int) {
        let endpoint = Endpoint(url)
        #expect(endpoint?.host == host)
        #expect(endpoint?.port ?? 0 == port)
    }
}
