import BookingDomain
import BookingMessages
import Synchronization

/// What nothing at all is left of, nor held, as the workers said last.
///
/// Who got the last ticket is in the database by then, but need not have been heard of here.
final class StockWatch: Sendable {
    /// The most events with nothing left of something that are remembered.
    private static let eventsMax = 20_000

    /// How long it is believed; then bookings join the line again, and what becomes of them tells anew.
    private static let ageMax = Duration.seconds(60)

    private struct Gone {
        let version: Int64
        let heardAt: ContinuousClock.Instant
        let ticketTypes: Set<TicketTypeNumber>
    }

    private let gone = Mutex(RecentCache<EventID, Gone>(capacity: StockWatch.eventsMax))

    /// Takes in how events stand after a batch.
    func heard(_ states: [EventState], at now: ContinuousClock.Instant = .now) {
        gone.withLock { gone in
            for state in states {
                let known = gone.value(for: state.id)
                let types = state.ticketTypes.filter { $0.available == 0 && $0.held == 0 }.map(
                    \.number)
                // Most events have something left of everything, and need no place here.
                guard known != nil || !types.isEmpty else { continue }
                if let known, known.version > state.version { continue }
                gone.insert(
                    Gone(version: state.version, heardAt: now, ticketTypes: Set(types)),
                    for: state.id)
            }
        }
    }

    /// Forgets what was said of these events: something else was said since.
    func forget(_ events: [EventID]) {
        gone.withLock { gone in for event in events { gone.remove(event) } }
    }

    /// Forgets all: outcomes may have been missed.
    func forgetAll() { gone.withLock { $0 = RecentCache(capacity: Self.eventsMax) } }

    /// Whether nothing at all is left of something in the basket; whether enough is, the worker tells.
    func isSoldOut(
        _ event: EventID, for basket: Basket, at now: ContinuousClock.Instant = .now
    ) -> Bool {
        guard let gone = gone.withLock({ $0.value(for: event) }),
            now - gone.heardAt < Self.ageMax
        else { return false }
        return basket.items.contains { gone.ticketTypes.contains($0.ticketType) }
    }
}
