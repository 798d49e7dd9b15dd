import BookingDomain
import Synchronization

/// The events whose queues hung a consumer, or could not be consumed when that was tried.
final class Quarantine: Sendable {
    private let events = Mutex<Set<EventID>>([])

    func contains(_ event: EventID) -> Bool { events.withLock { $0.contains(event) } }
    func take(_ event: EventID) { events.withLock { _ = $0.insert(event) } }
    func release(_ event: EventID) { events.withLock { _ = $0.remove(event) } }
}
