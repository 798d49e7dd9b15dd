import BookingDomain

/// The outcomes heard last and who waits for which: a value that decides whom an outcome wakes.
///
/// ``RecentOutcomes`` performs it. `Waiter` is whatever can be woken.
struct OutcomeMemory<Waiter: Sendable>: Sendable {
    typealias Ticket = WaitTable<Waiter>.Ticket

    enum Registration: Sendable {
        case known(Booking)
        /// The waiter is in its place, for which the user's oldest one may have had to go.
        case waiting(Ticket, displaced: Waiter?)
        case full
    }

    private let outcomesMax: Int
    private let waitersMax: Int
    /// The outcomes in the order of coming; the oldest is at `oldest` once it is full.
    private var ring: [Booking] = []
    private var oldest = 0
    /// Where each outcome is in `ring`: a small table, of which every booking needs another part.
    private var places: [BookingKey: Int] = [:]
    private var waiters: WaitTable<Waiter>

    /// Remembers at most `outcomesMax` outcomes, the last ones heard, and at most `waitersMax` waiters, of
    /// whom a user has `waitersPerUserMax` at most.
    init(outcomesMax: Int, waitersMax: Int, waitersPerUserMax: Int) {
        self.outcomesMax = max(1, outcomesMax)
        self.waitersMax = waitersMax
        waiters = WaitTable(perUserMax: waitersPerUserMax)
    }

    var count: Int { places.count }

    var waiterCount: Int { waiters.count }

    /// The bookings that somebody waits for.
    var awaited: [BookingReference] { waiters.bookings }

    func booking(_ key: BookingKey) -> Booking? { places[key].map { ring[$0] } }

    /// Lets `waiter` wait for the outcome, or one after `sequence`, unless it is known already or there is no
    /// room.
    mutating func register(
        _ waiter: Waiter, for reference: BookingReference, of user: UserID,
        after sequence: Int64 = 0
    ) -> Registration {
        if let booking = booking(reference.key), booking.asOfSequence > sequence {
            return .known(booking)
        }
        let displaced = waiters.makeRoom(for: user)
        guard waiters.count < waitersMax else { return .full }
        return .waiting(
            waiters.add(waiter, for: reference, of: user, after: sequence), displaced: displaced)
    }

    /// Takes a waiter back; `nil` when it was woken already.
    mutating func withdraw(_ ticket: Ticket) -> Waiter? { waiters.remove(ticket) }

    /// Takes in outcomes, and returns whom they wake.
    ///
    /// An outcome heard again changes nothing, nor does an earlier one than is known.
    mutating func deliver(_ outcomes: [Booking]) -> [(waiter: Waiter, booking: Booking)] {
        var woken: [(waiter: Waiter, booking: Booking)] = []
        woken.reserveCapacity(min(outcomes.count, waiterCount))
        for booking in outcomes {
            remember(booking)
            waiters.removeAll(for: booking.key, asOf: booking.asOfSequence) {
                woken.append(($0, booking))
            }
        }
        return woken
    }

    /// Forgets where these bookings stood; who waits goes on.
    ///
    /// Their places in the order of coming stay theirs.
    mutating func forget(_ keys: [BookingKey]) { for key in keys { places[key] = nil } }

    /// Forgets what may have changed unheard; who waits goes on.
    mutating func forgetChangeable() {
        places = places.filter { ring[$0.value].status.isFinal }
    }

    /// Forgets the outcomes; who waits goes on.
    mutating func forgetOutcomes() { (ring, oldest, places) = ([], 0, [:]) }

    /// Takes all waiters back.
    mutating func withdrawAll() -> [Waiter] { waiters.removeAll() }

    private mutating func remember(_ booking: Booking) {
        let next = ring.count < outcomesMax ? ring.endIndex : oldest
        // Found, or put in, at once: nearly all are new.
        if let place = places.updateValue(next, forKey: booking.key) {
            places[booking.key] = place
            if ring[place].asOfSequence < booking.asOfSequence { ring[place] = booking }
        } else if next == ring.endIndex {
            ring.append(booking)
        } else {
            let oldest = ring[next].key
            // One that was forgotten may have come again, to this place or another.
            if oldest != booking.key, places[oldest] == next { places[oldest] = nil }
            ring[next] = booking
            self.oldest = (next + 1) % outcomesMax
        }
    }
}
