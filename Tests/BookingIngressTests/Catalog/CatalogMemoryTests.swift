import BookingDomain
import BookingMessages
import BookingTestSupport
import Testing

@testable import BookingIngress

struct CatalogMemoryTests {
    private var memory = CatalogMemory<String>(eventsMax: 100, loadsMax: 2)
    private let event: Event
    private let start = ContinuousClock.now

    init() throws { event = try TestEvents.event(capacities: [10, 20]) }

    private mutating func find(
        _ id: EventID? = nil, ageMax: Duration = CatalogAge.reload, after time: Duration
    ) -> (finding: CatalogFinding, load: CatalogMemory<String>.Load) {
        memory.find(id ?? event.id, ageMax: ageMax, at: start + time)
    }

    @Test("what is unknown is loaded once, however many ask")
    mutating func loadsOnce() {
        #expect(find(after: .zero) == (.unknown, .begin))
        #expect(find(after: .zero) == (.unknown, .running))
        let joined = memory.join(
            "a", as: 1, for: event.id, ageMax: CatalogAge.reload, at: start)
        #expect(joined == (.unknown, .running))
        let (waiters, finding) = memory.loaded(event.id, .found(event), at: start)
        #expect(waiters == ["a"])
        #expect(finding == .known(event, age: .zero))
        #expect(
            find(after: .milliseconds(999)) == (.known(event, age: .milliseconds(999)), .notNeeded))
    }

    @Test("after a second one load is begun, and the event goes on being known")
    mutating func reloads() {
        memory.insert(event, at: start)
        #expect(find(after: .seconds(2)) == (.known(event, age: .seconds(2)), .begin))
        #expect(find(after: .seconds(2)) == (.known(event, age: .seconds(2)), .running))
        _ = memory.loaded(event.id, .failed, at: start + .seconds(2))
        // A database that is away is not asked each time.
        #expect(find(after: .seconds(3)) == (.known(event, age: .seconds(3)), .notNeeded))
        #expect(find(after: .seconds(3601)) == (.known(event, age: .seconds(3601)), .begin))
    }

    @Test("while every outcome is heard, what was loaded since stays fresh for longer")
    mutating func followed() {
        memory.followedSince = start
        memory.insert(event, at: start + .milliseconds(1))
        #expect(fresh(after: .seconds(2)) == .notNeeded)
        #expect(find(ageMax: .seconds(1), after: .seconds(2)).load == .begin)
        #expect(fresh(after: CatalogAge.followed + .seconds(1)) == .running)
    }

    @Test(
        "what was loaded before outcomes were heard, or when they are heard no more, is loaded again"
    )
    mutating func notFollowed() {
        memory.insert(event, at: start)
        memory.followedSince = start + .milliseconds(1)
        #expect(fresh(after: .milliseconds(999)) == .notNeeded)
        #expect(fresh(after: .seconds(2)) == .begin)
        _ = memory.loaded(event.id, .found(event), at: start + .seconds(2))
        #expect(fresh(after: .seconds(4)) == .notNeeded)
        memory.followedSince = nil
        #expect(fresh(after: .seconds(4)) == .begin)
    }

    private mutating func fresh(after time: Duration) -> CatalogMemory<String>.Load {
        memory.find(event.id, at: start + time).load
    }

    @Test("who wants it newer gets it loaded sooner")
    mutating func wantsNewer() {
        memory.insert(event, at: start)
        let half = Duration.milliseconds(500)
        #expect(find(after: half).load == .notNeeded)
        #expect(find(ageMax: .milliseconds(200), after: half).load == .begin)
    }

    @Test("that there is no such event is remembered for a moment, from when it was asked")
    mutating func absent() {
        _ = find(after: .zero)
        let (_, finding) = memory.loaded(event.id, .absent, at: start + .milliseconds(100))
        #expect(finding == .absent)
        #expect(find(after: .milliseconds(199)) == (.absent, .notNeeded))
        #expect(find(after: .milliseconds(200)) == (.unknown, .begin))
    }

    @Test("an event made here is known at once, whatever was asked before")
    mutating func minted() {
        _ = find(after: .zero)
        _ = memory.loaded(event.id, .absent, at: start)
        memory.insert(event, at: start)
        #expect(find(after: .milliseconds(1)).finding == .known(event, age: .milliseconds(1)))
    }

    @Test("a load that began before an event was made does not unmake it")
    mutating func mintedMeanwhile() {
        _ = find(after: .zero)
        memory.insert(event, at: start + .milliseconds(1))
        let (_, finding) = memory.loaded(event.id, .absent, at: start + .milliseconds(2))
        #expect(finding == .known(event, age: .milliseconds(1)))
    }

    @Test("outcomes refresh what is known; older news change nothing")
    mutating func outcomes() throws {
        memory.insert(event, at: start)
        func state(version: Int64, available: Int, status: EventStatus) throws -> EventState {
            EventState(
                id: event.id, version: version, sequence: version * 10, status: status,
                ticketTypes: [
                    TicketTypeState(
                        number: try TicketTypeNumber(2).orThrow(), capacity: 20,
                        available: available)
                ])
        }
        memory.apply(try state(version: 3, available: 4, status: .closed))
        memory.apply(try state(version: 2, available: 9, status: .onSale))
        guard case .known(let known, _) = find(after: .zero).finding else {
            Issue.record("the event is not known")
            return
        }
        #expect(known.version == 3)
        #expect(known.sequence == 30)
        #expect(known.status == .closed)
        #expect(known.ticketTypes.map(\.stock.available) == [10, 4])
        // A load that was on its way brings an older state.
        memory.insert(event, at: start + .seconds(1))
        #expect(find(after: .seconds(1)).finding == .known(known, age: .zero))
    }

    @Test("outcomes of events nobody asked for are passed over")
    mutating func foreignOutcomes() {
        memory.apply(
            EventState(id: event.id, version: 9, sequence: 9, status: .onSale, ticketTypes: []))
        #expect(find(after: .zero).finding == .unknown)
    }

    @Test("loads have a limit; what is known is still known beyond it")
    mutating func full() throws {
        memory.insert(event, at: start)
        #expect(find(try TestEvents.event().id, after: .zero).load == .begin)
        #expect(find(try TestEvents.event().id, after: .zero).load == .begin)
        #expect(find(try TestEvents.event().id, after: .zero) == (.unknown, .full))
        #expect(find(after: .seconds(2)) == (.known(event, age: .seconds(2)), .full))
    }

    @Test("however large events are, so much is kept of them and no more, the last ones for sure")
    mutating func largeEvents() throws {
        var memory = CatalogMemory<String>(eventsMax: 25_000, loadsMax: 2)
        let event = try TestEvents.largeEvent()
        let count = 3 * CatalogLimits.bytesMax / CatalogLimits.bytes(of: event)
        let ids = try (0..<count).map { _ in try TestEvents.event().id }
        for id in ids { memory.insert(event.named(id), at: start) }
        #expect(memory.bytes <= CatalogLimits.bytesMax)
        #expect(memory.bytes > CatalogLimits.bytesMax / 3)
        let last = try #require(ids.last)
        #expect(memory.find(last, at: start).finding != .unknown)
        #expect(memory.find(ids[0], at: start).finding == .unknown)
    }

    @Test("a waiter can be taken back, once")
    mutating func withdraw() {
        _ = memory.join("a", as: 1, for: event.id, ageMax: .zero, at: start)
        #expect(memory.withdraw(1, loadOf: event.id) == "a")
        #expect(memory.withdraw(1, loadOf: event.id) == nil)
        #expect(memory.loaded(event.id, .found(event), at: start).waiters == [])
    }
}

extension Event {
    /// The same event under another id.
    fileprivate func named(_ id: EventID) -> Event {
        Event(
            id: id, organizer: organizer, title: title, venue: venue, startsAt: startsAt,
            endsAt: endsAt, createdAt: createdAt, status: status, version: version,
            sequence: sequence, ticketTypes: ticketTypes)
    }
}

struct RecentCacheTests {
    @Test("what was used last is kept, up to so many bytes, whatever sizes values have")
    func bytes() {
        var cache = RecentCache<Int, Int>(capacity: 1000, bytesMax: 100) { $0 }
        for number in 1...200 {
            let size = number % 51
            cache.insert(size, for: number % 7)
            #expect(cache.value(for: number % 7) == size)
            #expect(cache.bytesKept <= 100)
        }
        // What is too large takes what it was to replace with it.
        cache.insert(10, for: 1)
        cache.insert(51, for: 1)
        #expect(cache.value(for: 1) == nil)
        for number in 0..<7 { cache.remove(number) }
        #expect(cache.bytesKept == 0)
        #expect(cache.count == 0)
    }

    @Test("what was used last is kept, what was not is not, and there is a bound")
    func recency() {
        var cache = RecentCache<Int, String>(capacity: 10)
        for number in 0..<100 {
            cache.insert("\(number)", for: number)
            #expect(cache.value(for: 0) == "0")
            #expect(cache.count <= 10)
        }
        #expect(cache.value(for: 99) == "99")
        #expect(cache.value(for: 95) == "95")
        #expect(cache.value(for: 50) == nil)
    }

    @Test("values can be replaced, changed and removed, in whichever generation they are")
    func changes() {
        var cache = RecentCache<Int, Int>(capacity: 4)
        cache.insert(1, for: 1)
        cache.insert(1, for: 2)
        cache.insert(1, for: 3)
        cache.update(1) { $0 = 7 }
        cache.update(3) { $0 = 8 }
        cache.update(9) { $0 = 9 }
        #expect(cache.count == 3)
        #expect(cache.value(for: 1) == 7)
        #expect(cache.value(for: 3) == 8)
        #expect(cache.value(for: 9) == nil)
        cache.remove(1)
        cache.remove(2)
        #expect(cache.value(for: 1) == nil)
        #expect(cache.value(for: 2) == nil)
    }
}
