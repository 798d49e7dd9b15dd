import BookingDomain

/// The outcomes heard last and who waits for which: a value that decides whom an outcome wakes.
///
/// ``OutcomeBoard`` performs it. `Waiter` is whatever can be woken.
struct OutcomeMemory<Waiter: Sendable>: Sendable {
    typealias WaiterID = UInt64

    enum Registration: Hashable, Sendable {
        case known(Booking)
        case waiting
        case full
    }

    private let outcomesMax: Int
    private let waitersMax: Int
    private var bookings: [BookingKey: Booking] = [:]
    /// The keys of `bookings` in the order of coming; the oldest is at `oldest` once it is full.
    private var ring: [BookingKey] = []
    private var oldest = 0
    private var waiters: [BookingKey: [(id: WaiterID, waiter: Waiter)]] = [:]
    private(set) var waiterCount = 0

    /// Remembers at most `outcomesMax` outcomes, the last ones heard, and at most `waitersMax` waiters.
    init(outcomesMax: Int, waitersMax: Int) {
        self.outcomesMax = max(1, outcomesMax)
        self.waitersMax = waitersMax
    }

    var count: Int { bookings.count }

    /// The keys that somebody waits for.
    var awaited: [BookingKey] { Array(waiters.keys) }

    func booking(_ key: BookingKey) -> Booking? { bookings[key] }

    /// Lets `waiter` wait for the outcome, unless it is known already or there is no room.
    mutating func register(
        _ waiter: Waiter, as id: WaiterID, for key: BookingKey
    ) -> Registration {
        if let booking = bookings[key] { return .known(booking) }
        guard waiterCount < waitersMax else { return .full }
        waiters[key, default: []].append((id, waiter))
        waiterCount += 1
        return .waiting
    }

    /// Takes a waiter back; `nil` when it was woken already.
    mutating func withdraw(_ id: WaiterID, for key: BookingKey) -> Waiter? {
        guard let index = waiters[key]?.firstIndex(where: { $0.id == id }) else { return nil }
        let waiter = waiters[key]?.remove(at: index).waiter
        if waiters[key]?.isEmpty == true { waiters[key] = nil }
        waiterCount -= 1
        return waiter
    }

    /// Takes in outcomes, and returns whom they wake.
    ///
    /// An outcome heard again changes nothing, nor does an earlier one than is known.
    mutating func deliver(_ outcomes: [Booking]) -> [(waiter: Waiter, booking: Booking)] {
        var woken: [(waiter: Waiter, booking: Booking)] = []
        for booking in outcomes {
            remember(booking)
            guard let waiting = waiters.removeValue(forKey: booking.key) else { continue }
            waiterCount -= waiting.count
            woken += waiting.map { ($0.waiter, booking) }
        }
        return woken
    }

    /// Takes all waiters back.
    mutating func withdrawAll() -> [Waiter] {
        defer {
            waiters = [:]
            waiterCount = 0
        }
        return waiters.values.flatMap { $0.map(\.waiter) }
    }

    private mutating func remember(_ booking: Booking) {
        if let known = bookings[booking.key] {
            if known.status.canBecome(booking.status) { bookings[booking.key] = booking }
            return
        }
        if ring.count < outcomesMax {
            ring.append(booking.key)
        } else {
            bookings[ring[oldest]] = nil
            ring[oldest] = booking.key
            oldest = (oldest + 1) % outcomesMax
        }
        bookings[booking.key] = booking
    }
}
