import BookingDomain
import BookingTestSupport
import Logging
import Testing

@testable import BookingIngress

@Suite("Events in memory", .timeLimit(.minutes(1)))
struct EventCatalogTests {
    private let stores = FakeStores()
    private let event: Event

    init() throws { event = try TestEvents.event() }

    private func withCatalog(
        loadLimit: Duration = .seconds(3),
        _ body: @escaping @Sendable (EventCatalog) async throws -> Void
    ) async throws {
        let alarms = AlarmClock()
        let catalog = EventCatalog(
            store: stores, eventsMax: 1000, loadLimit: loadLimit, isFollowing: { false },
            alarms: alarms, metrics: IngressMetrics(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup { group in
            group.addTask { await alarms.run() }
            group.addTask { await catalog.run() }
            defer { group.cancelAll() }
            try await body(catalog)
        }
    }

    private func waitForLookUp() async throws {
        try await eventually("an event is looked up") { stores.eventLookUps > 0 }
    }

    @Test("a thousand who ask at once lead to one look-up")
    func oneLoad() async throws {
        try await stores.create(event)
        try await withCatalog(loadLimit: .seconds(60)) { [stores, event] catalog in
            stores.shutGate()
            try await withThrowingTaskGroup(of: Event?.self) { group in
                for _ in 0..<1000 {
                    group.addTask { try await catalog.event(event.id, .any) }
                }
                try await waitForLookUp()
                stores.openGate()
                for try await found in group { #expect(found == event) }
            }
            #expect(stores.eventLookUps == 1)
        }
    }

    @Test("those who ask for many events at once wait for two look-ups, and nobody is refused")
    func manyEvents() async throws {
        let events = try (0..<500).map { _ in try TestEvents.event() }
        for event in events { try await stores.create(event) }
        // However busy the machine is, no load times out before the gate is open.
        try await withCatalog(loadLimit: .seconds(60)) { [stores] catalog in
            stores.shutGate()
            let (answers, teller) = AsyncStream.makeStream(of: Bool.self)
            for event in events {
                catalog.find(event.id, .any) { teller.yield((try? $0.get()) == event) }
                // The first is on its way when the others come.
                if event == events[0] { try await waitForLookUp() }
            }
            #expect(catalog.loading == events.count)
            stores.openGate()
            var found = 0
            for await isFound in answers.prefix(events.count) where isFound { found += 1 }
            #expect(found == events.count)
            #expect(stores.eventLookUps == 2)
        }
    }

    @Test("a known event outlives the database")
    func outlives() async throws {
        try await stores.create(event)
        try await withCatalog { [stores, event] catalog in
            #expect(try await catalog.event(event.id, .any) == event)
            stores.goAway()
            #expect(try await catalog.event(event.id, .any) == event)
            #expect(try await catalog.event(event.id, .noOlder(than: .zero)) == event)
            let stranger = try TestEvents.event().id
            await #expect(throws: Refusal.unavailable(.database)) {
                try await catalog.event(stranger, .any)
            }
            stores.comeBack()
            #expect(try await catalog.event(stranger, .any) == nil)
        }
    }

    @Test(
        "a flood of one unknown id does not reach the database, an event made here is there at once"
    )
    func absent() async throws {
        try await withCatalog { [stores, event] catalog in
            let start = ContinuousClock.now
            for _ in 0..<50 {
                let found = try await catalog.event(event.id, .any)
                #expect(found == nil)
            }
            // One look-up for each time that the absence was forgotten.
            let forgotten = Int((ContinuousClock.now - start) / CatalogAge.absence)
            #expect(stores.eventLookUps <= forgotten + 1)
            catalog.insert(event)
            let made = try await catalog.event(event.id, .any)
            #expect(made == event)
        }
    }

    @Test("who wants the newest state gets it")
    func newest() async throws {
        try await stores.create(event)
        try await withCatalog { [stores, event] catalog in
            _ = try await catalog.event(event.id, .any)
            var closed = event
            closed.status = .closed
            closed.version = 2
            try await stores.create(closed)
            #expect(try await catalog.event(event.id, .any) == event)
            #expect(try await catalog.event(event.id, .noOlder(than: .zero)) == closed)
        }
    }

    @Test("a refresh that takes too long is not waited for")
    func slowRefresh() async throws {
        try await stores.create(event)
        try await withCatalog { [stores, event] catalog in
            _ = try await catalog.event(event.id, .any)
            stores.shutGate()
            #expect(try await catalog.event(event.id, .noOlder(than: .zero)) == event)
            stores.openGate()
        }
    }
}
