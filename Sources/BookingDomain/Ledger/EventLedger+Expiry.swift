/// Expiry of what is held.
extension EventLedger {
    /// Expires what is due by the tick's time, up to as many bookings as one entry may change.
    mutating func expire(dueAt tick: Instant, at now: Instant) -> Application {
        // A tick that comes late does not end what a later one began.
        let time = max(tick, expiringUntil ?? tick)
        var due: [Booking] = []
        var more = false
        for looked in recollection.due?.bookings ?? [] {
            // Since it was looked up it may have been confirmed, extended or cancelled.
            let booking = recollection.bookings[looked.key] ?? looked
            guard booking.status == .held, let hold = booking.hold, hold.expiresAt <= time else {
                continue
            }
            if due.count == Entry.bookingsMax {
                more = true
                break
            }
            due.append(booking)
        }
        // Of those looked up some are not due any more; behind them others may be.
        if let last = recollection.due?.bookings.last?.hold, recollection.due?.isCut == true,
            last.expiresAt <= time
        {
            more = true
        }
        expiringUntil = more ? time : nil
        guard !due.isEmpty else { return .nothing }
        let entry = nextEntry(
            of: CommandID(bits: UInt128(truncatingIfNeeded: sequence + 1)), acceptedAt: nil,
            at: now,
            .expire(due.map(\.key), dueAt: time, more: more))
        for booking in due {
            giveBack(booking)
            recollection.bookings[booking.key] = booking.moved(to: .expired, at: sequence)
        }
        return .applied(entry)
    }

    /// The earliest time at which a held booking can be due, as far as the ledger knows; `nil` if none is held.
    ///
    /// Bookings that were not looked up are due no earlier than the last one that was.
    package var nextDue: Instant? {
        let due = recollection.due
        let looked = (due?.bookings ?? []).map { recollection.bookings[$0.key] ?? $0 }
        let known = (looked + recollection.bookings.values).compactMap { $0.hold?.expiresAt }.min()
        guard due?.isCut == true, let horizon = due?.bookings.last?.hold?.expiresAt else {
            return known
        }
        return min(horizon, known ?? horizon)
    }
}
