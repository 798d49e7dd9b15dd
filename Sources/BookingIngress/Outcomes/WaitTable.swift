import BookingDomain

/// Who waits for which booking, found by the booking and by the user: a value.
///
/// All takes constant time, but for a booking that many wait for at once, who are all of one user.
struct WaitTable<Waiter: Sendable>: Sendable {
    /// Where a waiter stands.
    struct Ticket: Hashable, Sendable {
        fileprivate let place: Int
        fileprivate let number: UInt64
    }

    private struct Place: Sendable {
        let number: UInt64
        let booking: BookingReference
        let user: UserID
        /// What is no newer than this is known to the waiter.
        let after: Int64
        let waiter: Waiter
        /// The next one who waits for the same booking.
        var next: Int?
        /// The neighbours among the waits of the same user.
        var older: Int?
        var newer: Int?
    }

    /// The waits of a user in the order of coming.
    private struct Turns: Sendable {
        private(set) var oldest = 0
        private(set) var newest = 0
        private(set) var count = 0

        /// Adds the newest; gives the one that was it before.
        mutating func add(_ index: Int) -> Int? {
            defer { (newest, count) = (index, count + 1) }
            guard count > 0 else {
                oldest = index
                return nil
            }
            return newest
        }

        /// Takes one out that is not the last.
        mutating func remove(_ index: Int, between older: Int?, and newer: Int?) {
            count -= 1
            if oldest == index, let newer { oldest = newer }
            if newest == index, let older { newest = older }
        }
    }

    private let perUserMax: Int
    private var places: [Place?] = []
    private var free: [Int] = []
    /// The first place of those who wait for a booking.
    private var firsts: [BookingKey: Int] = [:]
    private var users: [UserID: Turns] = [:]
    private var lastNumber: UInt64 = 0

    /// A table in which a user has `perUserMax` waits at most.
    init(perUserMax: Int) { self.perUserMax = max(1, perUserMax) }

    var count: Int { places.count - free.count }

    /// The bookings that somebody waits for.
    var bookings: [BookingReference] { firsts.values.compactMap { places[$0]?.booking } }

    /// Takes the oldest waiter of a user out who may have no more.
    mutating func makeRoom(for user: UserID) -> Waiter? {
        guard let turns = users[user], turns.count >= perUserMax else { return nil }
        return remove(at: turns.oldest)
    }

    /// Adds a waiter for what becomes of a booking after that sequence.
    mutating func add(
        _ waiter: Waiter, for booking: BookingReference, of user: UserID, after: Int64 = 0
    ) -> Ticket {
        lastNumber += 1
        let index = free.popLast() ?? places.endIndex
        if index == places.endIndex { places.append(nil) }
        var place = Place(
            number: lastNumber, booking: booking, user: user, after: after,
            waiter: waiter,
            next: firsts.updateValue(index, forKey: booking.key))
        if let older = users[user, default: Turns()].add(index) {
            place.older = older
            places[older]?.newer = index
        }
        places[index] = place
        return Ticket(place: index, number: lastNumber)
    }

    /// Takes a waiter out; `nil` when it was taken out before.
    mutating func remove(_ ticket: Ticket) -> Waiter? {
        guard places[ticket.place]?.number == ticket.number else { return nil }
        return remove(at: ticket.place)
    }

    /// Takes out all to whom a booking as of `sequence` is news, and calls `body` with each.
    mutating func removeAll(
        for key: BookingKey, asOf sequence: Int64, _ body: (Waiter) -> Void
    ) {
        var index = firsts.removeValue(forKey: key)
        while let current = index, let place = places[current] {
            index = place.next
            if place.after < sequence {
                _ = vacate(current)
                body(place.waiter)
            } else {
                places[current]?.next = firsts.updateValue(current, forKey: key)
            }
        }
    }

    /// Takes out everybody.
    mutating func removeAll() -> [Waiter] {
        defer { (places, free, firsts, users) = ([], [], [:], [:]) }
        return places.compactMap { $0?.waiter }
    }

    private mutating func remove(at index: Int) -> Waiter? {
        guard let place = vacate(index) else { return nil }
        var previous: Int?
        var current = firsts[place.booking.key]
        while let candidate = current, candidate != index {
            (previous, current) = (candidate, places[candidate]?.next)
        }
        if let previous {
            places[previous]?.next = place.next
        } else {
            firsts[place.booking.key] = place.next
        }
        return place.waiter
    }

    /// Empties a place, and takes it out of the user's waits.
    private mutating func vacate(_ index: Int) -> Place? {
        guard let place = places[index] else { return nil }
        places[index] = nil
        free.append(index)
        if let older = place.older { places[older]?.newer = place.newer }
        if let newer = place.newer { places[newer]?.older = place.older }
        guard let turns = users.index(forKey: place.user) else { return place }
        if users.values[turns].count == 1 {
            users.remove(at: turns)
        } else {
            users.values[turns].remove(index, between: place.older, and: place.newer)
        }
        return place
    }
}
