import BookingDomain
import Synchronization

/// The events of a shard that its owner leaves alone, since it does not know what is next in their lines.
///
/// Each is tried again now and then, for an operator may have taken the message out. (A worker of another
/// version begins with all of them.)
final class ParkedEvents: Sendable {
    private enum Parking {
        case waiting(until: ContinuousClock.Instant)
        /// It may be consumed; nobody has looked since whether it still is.
        case tried
        /// It was being consumed when somebody looked.
        case seen
    }

    private let events = Mutex<[EventID: Parking]>([:])

    var count: Int { events.withLock { $0.count } }

    func park(_ event: EventID, at now: ContinuousClock.Instant) {
        events.withLock { $0[event] = .waiting(until: now + WorkerLimits.parkingTime) }
    }

    /// Whether an event may be consumed: it is not parked, or it is time to try it again.
    func mayConsume(_ event: EventID, at now: ContinuousClock.Instant) -> Bool {
        events.withLock { events in
            guard case .waiting(let until) = events[event] else { return true }
            guard until <= now else { return false }
            events[event] = .tried
            return true
        }
    }

    /// Takes in which events are consumed and which are to be; returns those that are parked no longer.
    ///
    /// Those are consumed at two looks in a row, and were not parked meanwhile. What nobody wants is forgotten.
    func look(consumed: Set<EventID>, wanted: [EventID]) -> [EventID] {
        events.withLock { events in
            guard !events.isEmpty else { return [] }
            let wanted = Set(wanted)
            events = events.filter { wanted.contains($0.key) }
            var released: [EventID] = []
            for (event, parking) in events where consumed.contains(event) {
                switch parking {
                case .waiting: break
                case .tried: events[event] = .seen
                case .seen:
                    events[event] = nil
                    released.append(event)
                }
            }
            return released
        }
    }
}
