import BookingDomain
import BookingTestSupport
import Synchronization
import Testing

@testable import BookingIngress

struct EventPagesTests {
    private let pages = EventPages(metrics: IngressMetrics())

    private final class Loads: Sendable {
        let count = Mutex(0)
        var begun: Int { count.withLock { $0 } }
    }
    private let place = EventPages.Place(cursor: nil, limit: 21)

    @Test("however many ask at once, a page is loaded once")
    func oneLoad() async throws {
        let event = try TestEvents.event()
        let (pages, place, loads) = (pages, place, Loads())
        let (gate, opening) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: [Event].self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await pages.events(at: place) {
                        loads.count.withLock { $0 += 1 }
                        for await _ in gate {}
                        return [event]
                    }
                }
            }
            while loads.begun == 0 { await Task.yield() }
            opening.finish()
            for try await events in group { #expect(events == [event]) }
        }
        #expect(loads.begun == 1)
    }

    @Test("a load that fails is not remembered")
    func failure() async throws {
        let event = try TestEvents.event()
        await #expect(throws: Refusal.unavailable(.database)) {
            try await pages.events(at: place) { throw Refusal.unavailable(.database) }
        }
        #expect(try await pages.events(at: place) { [event] } == [event])
    }

    @Test("another page is another load, and so is the same when it has grown old")
    func others() async throws {
        let first = try TestEvents.event()
        let second = try TestEvents.event()
        #expect(try await pages.events(at: place) { [first] } == [first])
        let other = EventPages.Place(cursor: first.id, limit: 21)
        #expect(try await pages.events(at: other) { [second] } == [second])
        let limit = ContinuousClock.now + EventPages.ageMax
        while ContinuousClock.now <= limit { await Task.yield() }
        #expect(try await pages.events(at: place) { [second] } == [second])
    }
}
