import BookingDomain
import BookingStore
import BookingTestSupport
import JSON
import NIOCore
import Testing

@testable import BookingIngress

struct EventPagesTests {
    private let stores = FakeStores()
    private let first = EventPages.Place(cursor: nil, limit: 20)

    /// Runs `body` with pages at work, and stops them.
    private func withPages(
        ageMax: Duration = EventPages.ageMax,
        _ body: @escaping @Sendable (EventPages) async throws -> Void
    ) async throws {
        let (alarms, metrics) = (AlarmClock(), IngressMetrics())
        let catalog = EventCatalog(
            store: stores, eventsMax: 1000, isFollowing: { false }, alarms: alarms,
            metrics: metrics, logger: TestIngress.quiet)
        let pages = EventPages(
            store: stores, catalog: catalog, ageMax: ageMax, alarms: alarms, metrics: metrics,
            logger: TestIngress.quiet)
        try await withThrowingTaskGroup { group in
            group.addTask { await alarms.run() }
            group.addTask { await catalog.run() }
            group.addTask { await pages.run() }
            defer { group.cancelAll() }
            try await body(pages)
        }
    }

    private static func ids(_ body: ByteBuffer) throws -> [String] {
        let json = try JSONValue(parsing: body.readableBytesView)
        return json["items"]?.array?.compactMap { $0["id"]?.string } ?? []
    }

    @Test("however many ask at once, a page is loaded once")
    func oneLoad() async throws {
        let event = try TestEvents.event()
        try await stores.create(event)
        stores.shutGate()
        try await withPages { [stores, first] pages in
            try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
                for _ in 0..<100 { group.addTask { try await pages.body(at: first) } }
                try await eventually("a page is looked up") { stores.pageLookUps > 0 }
                stores.openGate()
                for try await body in group {
                    #expect(try Self.ids(body) == [event.id.description])
                }
            }
            #expect(stores.pageLookUps == 1)
        }
    }

    @Test("a load that fails is not remembered")
    func failure() async throws {
        try await withPages { [stores, first] pages in
            stores.goAway()
            await #expect(throws: Refusal.unavailable(.database)) {
                try await pages.body(at: first)
            }
            stores.goAway(leaving: .corrupt)
            await #expect(throws: Refusal.internalError) { try await pages.body(at: first) }
            stores.comeBack()
            let body = try await pages.body(at: first)
            #expect(try Self.ids(body) == [])
        }
    }

    @Test("another page is another load")
    func others() async throws {
        let event = try TestEvents.event()
        try await stores.create(event)
        try await withPages(ageMax: .seconds(3600)) { [stores, first] pages in
            _ = try await pages.body(at: first)
            _ = try await pages.body(at: first)
            #expect(stores.pageLookUps == 1)
            let second = try await pages.body(at: EventPages.Place(cursor: event.id, limit: 20))
            #expect(try Self.ids(second) == [])
            #expect(stores.pageLookUps == 2)
            #expect(pages.bytes > 0)
        }
    }

    @Test("a page that has grown old is gone, and loaded again", .timeLimit(.minutes(1)))
    func old() async throws {
        try await withPages { [stores, first] pages in
            _ = try await pages.body(at: first)
            try await eventually("no page is kept") { pages.bytes == 0 }
            _ = try await pages.body(at: first)
            #expect(stores.pageLookUps == 2)
        }
    }

    @Test("cursors that no page gave out are served, one at a time, and nothing of them is kept")
    func inventedCursors() async throws {
        let event = try TestEvents.event()
        let draft = try TestEvents.event(status: .draft)
        try await stores.create(event)
        try await stores.create(draft)
        try await withPages { [stores, first] pages in
            let invented = EventID(bits: .max)
            for cursor in [invented, draft.id] {
                _ = try await pages.body(at: EventPages.Place(cursor: cursor, limit: 20))
            }
            #expect(pages.bytes == 0)
            let known = EventPages.Place(cursor: event.id, limit: 20)
            _ = try await pages.body(at: known)
            let kept = pages.bytes
            #expect(kept > 0)
            // One that is being loaded, ten that wait, and one too many.
            stores.shutPageGate()
            let before = stores.pageLookUps
            let refused = try await withThrowingTaskGroup(of: Bool.self) { group in
                for limit in 1...12 {
                    group.addTask {
                        do {
                            _ = try await pages.body(
                                at: EventPages.Place(cursor: invented, limit: limit))
                            return false
                        } catch Refusal.overloaded(.events) { return true }
                    }
                }
                #expect(try await group.next() == true)
                try await eventually("a page is looked up") { stores.pageLookUps > before }
                // Whoever has a cursor of ours does not wait for them.
                group.addTask {
                    _ = try await pages.body(at: first)
                    return false
                }
                try await eventually("another page is looked up") {
                    stores.pageLookUps >= before + 2
                }
                #expect(stores.pageLookUps == before + 2)
                stores.openGate()
                return try await group.reduce(into: 1) { $0 += $1 ? 1 : 0 }
            }
            #expect(refused == 1)
        }
    }

    @Test("however large events are, and however many pages are asked for, so much is kept")
    func largeEvents() async throws {
        let events = try (0..<40).map { _ in try TestEvents.largeEvent() }
        for event in events { try await stores.create(event) }
        try await withPages { pages in
            for event in events {
                for limit in 9...13 {
                    _ = try await pages.body(at: EventPages.Place(cursor: event.id, limit: limit))
                    #expect(pages.bytes <= EventPages.bytesMax)
                }
            }
        }
    }
}

struct EventPageTests {
    @Test("a page of large events ends early, and whoever goes on from page to page gets each once")
    func endsEarly() throws {
        let events = try (0..<100).map { _ in try TestEvents.largeEvent() }
        let one = EventPage([events[0]], limit: 100).rendered.count
        var (rest, shown): (ArraySlice<Event>, [String]) = (events[...], [])
        while let next = rest.first {
            let text = EventPage(Array(rest.prefix(101)), limit: 100).rendered
            #expect(text.count < EventPage.bytesMax + one + 100)
            let page = try JSONValue(parsing: text)
            let ids = page["items"]?.array?.compactMap { $0["id"]?.string } ?? []
            try #require(ids.first == next.id.description)
            shown += ids
            rest = rest.dropFirst(ids.count)
            let last = try #require(ids.last)
            #expect(page["nextCursor"]?.string == (rest.isEmpty ? nil : "e\(last)"))
        }
        #expect(shown == events.map(\.id.description))
    }

    @Test("a page of usual events has as many as it may have")
    func usual() throws {
        let events = try (0..<101).map { _ in try TestEvents.event() }
        let page = try JSONValue(parsing: EventPage(events, limit: 100).rendered)
        #expect(page["items"]?.array?.count == 100)
        #expect(page["nextCursor"]?.string == "e\(events[99].id)")
        let last = try JSONValue(parsing: EventPage(Array(events.prefix(100)), limit: 100).rendered)
        #expect(last["items"]?.array?.count == 100)
        #expect(last["nextCursor"] == nil)
    }
}

struct PageMemoryTests {
    private var memory = PageMemory(bytesMax: 3 * (1000 + 256), ageMax: EventPages.ageMax)
    private let start = ContinuousClock.now
    private let body = ByteBuffer(repeating: 0x20, count: 1000)

    private func place(_ limit: Int) -> PageMemory.Place {
        PageMemory.Place(cursor: nil, limit: limit)
    }

    private func kept(after time: Duration) -> [Int] {
        (0..<10).filter { memory.body(at: place($0), at: start + time) != nil }
    }

    @Test("the oldest pages make room, and what is too large for all of it is not kept")
    mutating func room() {
        for limit in 0..<5 { memory.keep(body, at: place(limit), asOf: start) }
        #expect(kept(after: .zero) == [2, 3, 4])
        #expect(memory.bytes == 3 * (1000 + 256))
        memory.keep(ByteBuffer(repeating: 0x20, count: 4000), at: place(5), asOf: start)
        #expect(kept(after: .zero) == [2, 3, 4])
    }

    @Test("a page is shown for half a second, and forgotten then")
    mutating func age() {
        memory.keep(body, at: place(0), asOf: start)
        memory.keep(body, at: place(0), asOf: start + .milliseconds(100))
        memory.keep(body, at: place(1), asOf: start + .milliseconds(200))
        #expect(memory.bytes == 2 * (1000 + 256))
        #expect(kept(after: .milliseconds(599)) == [0, 1])
        memory.forget(at: start + .milliseconds(599))
        #expect(kept(after: .milliseconds(599)) == [0, 1])
        #expect(kept(after: .milliseconds(600)) == [1])
        memory.forget(at: start + .milliseconds(600))
        #expect(memory.bytes == 1000 + 256)
        memory.forget(at: start + .milliseconds(700))
        #expect(memory.bytes == 0)
        #expect(memory.isEmpty)
    }
}

struct LoadTurnsTests {
    @Test("so many run, so many wait for their turn in the order of coming, others are refused")
    func turns() {
        var turns = LoadTurns<Int>(runningMax: 2, waitingMax: 2)
        #expect((0..<5).map { turns.enter($0) } == [.begin, .begin, .wait, .wait, .full])
        #expect(turns.leave() == 2)
        #expect(turns.enter(5) == .wait)
        #expect([turns.leave(), turns.leave()] == [3, 5])
        #expect([turns.leave(), turns.leave()] == [nil, nil])
        #expect((6..<9).map { turns.enter($0) } == [.begin, .begin, .wait])
    }
}
