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
        #expect(try PageRequest<EventCursor>(limit: nil, cursor: nil).limit == 20)
        #expect(try PageRequest<EventCursor>(limit: "1", cursor: nil).limit == 1)
        #expect(try PageRequest<EventCursor>(limit: "100", cursor: nil).limit == 100)
        for limit in ["", "0", "-1", "101", "1000000000000000000000", "2.5", "ten", " 5", "٣"] {
            let problem = #expect(throws: Problem.self) {
                try PageRequest<EventCursor>(limit: Substring(limit), cursor: nil)
            }
            #expect(problem?.slug == "invalid-parameter")
            #expect(problem?.status.code == 400)
        }
    }

    @Test("a cursor leads back to its place, in its own list only")
    func cursors() throws {
        let event = try TestEvents.event().id
        let key = try TestEvents.key(for: event)
        let (events, line) = (EventCursor(event), LineCursor(sequence: 42))
        let mine = BookingCursor(createdAt: TestEvents.now, key: key)
        #expect(try request(events.token) == events)
        #expect(try request(line.token) == line)
        #expect(try request(mine.token) == mine)
        #expect(throws: Problem.self) { try request(line.token) as EventCursor? }
        #expect(throws: Problem.self) { try request(mine.token) as LineCursor? }
        #expect(throws: Problem.self) { try request(events.token) as BookingCursor? }
    }

    @Test(
        "what is no cursor is refused",
        arguments: [
            "", "e", "s", "u", "e123", "s-1", "s99999999999999999999", "u.", "u1.", "u-1.x",
            "u9000000000000000000.00000000-0000-8000-8000-000000000000", "hello", "🎫",
        ])
    func noCursor(token: String) {
        #expect(throws: Problem.self) { try request(token) as EventCursor? }
        #expect(throws: Problem.self) { try request(token) as LineCursor? }
        #expect(throws: Problem.self) { try request(token) as BookingCursor? }
    }

    private func request<Cursor: PageCursor>(_ token: String) throws -> Cursor? {
        try PageRequest<Cursor>(limit: nil, cursor: Substring(token)).cursor
    }

    @Test("the next page begins after the last item shown, and the last page says so")
    func nextCursor() {
        let rows: [Int64] = [1, 2, 3]
        let cut = Page(
            rows, limit: 2, cursor: { LineCursor(sequence: $0) }, item: JSONValue.integer)
        #expect(cut.items == [.integer(1), .integer(2)])
        #expect(cut.nextCursor == "s2")
        let whole = Page(
            rows, limit: 3, cursor: { LineCursor(sequence: $0) }, item: JSONValue.integer)
        #expect(whole.items == rows.map(JSONValue.integer))
        #expect(whole.nextCursor == nil)
    }
}
