import BookingDomain
import BookingStore
import Synchronization

/// Buyers of whom workers said of late that they asked for more than they may have.
///
/// No more than a hint: what such a buyer has is looked up before anything is refused because of it.
final class LimitWatch: Sendable {
    /// The most buyers that are remembered.
    private static let buyersMax = 20_000

    private let exceeded = Mutex(RecentCache<Buyer, Void>(capacity: LimitWatch.buyersMax))
    /// Most of the time nobody is in it, and submissions need no lock to know that.
    private let isEmpty = Atomic<Bool>(true)

    /// Takes in what was decided.
    func heard(_ bookings: [Booking]) {
        for booking in bookings where booking.reason == .limitExceeded {
            guard let user = booking.user else { continue }
            exceeded.withLock { $0.insert((), for: Buyer(user: user, event: booking.event)) }
            isEmpty.store(false, ordering: .relaxed)
        }
    }

    /// Whether the buyer's limit may be spent, and is to be looked up.
    func mayBeSpent(by user: UserID, of event: EventID) -> Bool {
        guard !isEmpty.load(ordering: .relaxed) else { return false }
        return exceeded.withLock { $0.value(for: Buyer(user: user, event: event)) != nil }
    }

    /// The buyer may have more after all.
    func forget(_ buyer: Buyer) { exceeded.withLock { $0.remove(buyer) } }
}
