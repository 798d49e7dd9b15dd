import BookingDomain
import BookingStore
import BookingTestSupport
import HTTPTypes
import JSON
import ProblemDetails
import Testing

@testable import BookingIngress

struct PageTests {
    @Test("a page has 20 items unless asked otherwise, and 1 to 100 when asked")
    func limits() throws {
        #expect(try page(nil).limit == 20)
        #expect(try page("").limit == 20)
        #expect(try page("limit=1").limit == 1)
        #expect(try page("limit=100").limit == 100)
        #expect(try page("limit=%35&").limit == 5)
        for limit in [
            "", "0", "-1", "101", "1000000000000000000000", "2.5", "ten", " 5", "5 ", "%205", "+5",
            "%2B5", "05", "5e0", "٣",
        ] {
            #expect(try refusal("limit=\(limit)") == "invalid-parameter")
        }
        #expect(try refusal("limit") == "invalid-parameter")
    }

    @Test(
        "a query is refused whose parameters are not known, or given twice",
        arguments: [
            ("status=confirmed", "unknown-parameter"), ("Limit=5", "unknown-parameter"),
            ("limit=5&limit=5", "invalid-parameter"), ("=", "unknown-parameter"),
            ("limit=5&l%69mit=6", "invalid-parameter"), ("x", "unknown-parameter"),
            ("limit=%FF", "invalid-parameter"), ("%F0=1", "invalid-parameter"),
            (
                (0...16).map { "p\($0)=1" }.joined(separator: "&"), "invalid-parameter"
            ),
        ])
    func otherParameters(query: String, slug: String) throws {
        #expect(try refusal(query) == slug)
    }

    @Test("an unknown parameter is named")
    func named() throws {
        let problem = #expect(throws: Problem.self) { try page("limit=5&st%61tus=held") }
        #expect(problem?.detail == "The parameter status is not known here.")
    }

    private func page(_ query: String?) throws -> PageRequest<EventCursor> {
        try PageRequest(query: query)
    }

    private func refusal(_ query: String) throws -> String? {
        let problem = #expect(throws: Problem.self) { try page(query) }
        #expect(problem?.status.code == 400)
        return problem?.slug
    }

    @Test("a cursor leads back to its place, in its own list only")
    func cursors() throws {
        let event = try TestEvents.event().id
        let key = try TestEvents.key(for: event)
        let (events, line) = (EventCursor(event), SequenceCursor(sequence: 42))
        let mine = BookingCursor(createdAt: TestEvents.now, key: key)
        #expect(try request(events.token) == events)
        #expect(try request(line.token) == line)
        #expect(try request(mine.token) == mine)
        #expect(throws: Problem.self) { try request(line.token) as EventCursor? }
        #expect(throws: Problem.self) { try request(mine.token) as SequenceCursor? }
        #expect(throws: Problem.self) { try request(events.token) as BookingCursor? }
    }

    @Test(
        "what is no cursor is refused",
        arguments: [
            "", "e", "s", "u", "e123", "s-1", "s99999999999999999999", "u.", "u1.", "u-1.x",
            "u9000000000000000000.00000000-0000-8000-8000-000000000000", "hello", "🎫",
            "s+5", "s05", "s-0", "e019A0000-0000-7000-8000-000000000000",
            "u01.00000000-0000-8000-8000-000000000000", "s5.", "s5%20",
        ])
    func noCursor(token: String) {
        #expect(throws: Problem.self) { try request(token) as EventCursor? }
        #expect(throws: Problem.self) { try request(token) as SequenceCursor? }
        #expect(throws: Problem.self) { try request(token) as BookingCursor? }
    }

    private func request<Cursor: PageCursor>(_ token: String) throws -> Cursor? {
        try PageRequest<Cursor>(query: "cursor=\(token)").cursor
    }

    @Test("the next page begins after the last item shown, and the last page says so")
    func nextCursor() {
        let rows: [Int64] = [1, 2, 3]
        let cut = Page(
            rows, limit: 2, cursor: { SequenceCursor(sequence: $0) }, item: JSONValue.integer)
        #expect(cut.items == [.integer(1), .integer(2)])
        #expect(cut.nextCursor == "s2")
        let whole = Page(
            rows, limit: 3, cursor: { SequenceCursor(sequence: $0) }, item: JSONValue.integer)
        #expect(whole.items == rows.map(JSONValue.integer))
        #expect(whole.nextCursor == nil)
    }
}
