import BookingDomain
import Synchronization

/// Pages of the public list of events as they were a moment ago, so that a rush on the list does not
/// reach the databases.
///
/// However many ask for a page at once, it is loaded once; the load goes on when whoever began it goes.
final class EventPages: Sendable {
    /// Which page: at most `limit` events, older than `cursor`.
    struct Place: Hashable, Sendable {
        let cursor: EventID?
        let limit: Int
    }

    /// How old a page may be, counted from when its load began.
    static let ageMax = Duration.milliseconds(500)
    /// The most pages kept.
    private static let pagesMax = 1000
    /// The most pages loaded at a time.
    private static let loadsMax = 64

    private typealias Load = Task<[Event], any Error>

    private struct State {
        var pages = RecentCache<Place, (events: [Event], asOf: ContinuousClock.Instant)>(
            capacity: EventPages.pagesMax)
        var loads: [Place: Load] = [:]
    }

    private let state = Mutex(State())
    private let metrics: IngressMetrics

    init(metrics: IngressMetrics) { self.metrics = metrics }

    /// The page, loaded with `load` unless it is known.
    func events(
        at place: Place, load: @escaping @Sendable () async throws -> [Event]
    ) async throws -> [Event] {
        let now = ContinuousClock.now
        let (events, running) = state.withLock { state -> ([Event]?, Load?) in
            if let page = state.pages.value(for: place), now - page.asOf < Self.ageMax {
                return (page.events, nil)
            }
            if let running = state.loads[place] { return (nil, running) }
            guard state.loads.count < Self.loadsMax else { return (nil, nil) }
            let begun = Load { try await self.finish(place, begunAt: now, load) }
            state.loads[place] = begun
            return (nil, begun)
        }
        metrics.lookedUpPage(events == nil ? .miss : .hit)
        if let events { return events }
        guard let running else { throw Refusal.overloaded(.events) }
        return try await running.value
    }

    private func finish(
        _ place: Place, begunAt start: ContinuousClock.Instant,
        _ load: @escaping @Sendable () async throws -> [Event]
    ) async throws -> [Event] {
        let result: Result<[Event], any Error>
        do {
            guard let events = try await within(BookingService.lookUpLimit, load) else {
                throw Refusal.unavailable(.database)
            }
            result = .success(events)
        } catch { result = .failure(error) }
        state.withLock { state in
            state.loads[place] = nil
            if case .success(let events) = result {
                state.pages.insert((events, start), for: place)
            }
        }
        return try result.get()
    }
}
