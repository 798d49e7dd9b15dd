/// Changes to bookings.
extension EventLedger {
    mutating func change(
        _ key: BookingKey, _ verb: Command.Verb, _ command: Command, at now: Instant
    ) -> Application {
        guard recollection.changes[command.id] == nil else { return .repeated }
        let result: Result<Booking, Change.Refusal>
        if let booking = recollection.bookings[key] {
            let next = sequence + 1
            result =
                switch verb {
                case .confirm: confirm(booking, as: next, at: now)
                case .pay: pay(booking, as: next, at: now)
                case .extend: extend(booking, as: next, at: now)
                case .cancel: cancel(booking, as: next)
                case .undecodable: .failure(.undecodable)
                }
        } else {
            result = .failure(verb == .undecodable ? .undecodable : .noBooking)
        }
        let resolution: Entry.Resolution
        var refusal: Change.Refusal?
        switch result {
        case .success(let changed):
            resolution = .applied(changed.hold)
            recollection.bookings[key] = changed
        case .failure(let reason):
            resolution = .refused(reason)
            refusal = reason
        }
        let entry = nextEntry(
            of: command.id, acceptedAt: command.acceptedAt, at: now,
            .change(verb, of: key, resolution))
        recollection.changes[command.id] = Change(
            command: command.id, event: event, booking: key, sequence: sequence, refusal: refusal)
        return .applied(entry)
    }

    private mutating func confirm(
        _ booking: Booking, as sequence: Int64, at now: Instant
    ) -> Result<Booking, Change.Refusal> {
        let confirmed = booking.moved(to: .confirmed, at: sequence)
        switch booking.status {
        case .held:
            for item in booking.basket?.items ?? [] {
                ticketTypes[item.ticketType]?.stock.confirm(item.quantity)
            }
            return .success(confirmed)
        case .expired:
            // Too late, but nobody else has the tickets: that is a sale like any other.
            guard let basket = booking.basket, let user = booking.user,
                objection(to: basket, by: user, at: now) == nil
            else { return .failure(.holdExpired) }
            take(confirmed)
            return .success(confirmed)
        case .pending, .confirmed, .waitlisted, .rejected, .cancelled, .failed:
            return .failure(.notConfirmable)
        }
    }

    /// Makes a hold last long enough for a payment, once.
    private func pay(
        _ booking: Booking, as sequence: Int64, at now: Instant
    ) -> Result<Booking, Change.Refusal> {
        guard booking.status == .held, let hold = booking.hold, !hold.isPaying else {
            return .failure(booking.status == .expired ? .holdExpired : .notConfirmable)
        }
        let paying = Hold(
            expiresAt: max(hold.expiresAt, now.advanced(by: paymentGrace)),
            extendableUntil: hold.extendableUntil, isPaying: true)
        return .success(booking.moved(to: .held, hold: paying, at: sequence))
    }

    private func extend(
        _ booking: Booking, as sequence: Int64, at now: Instant
    ) -> Result<Booking, Change.Refusal> {
        guard booking.status == .held, let hold = booking.hold else {
            return .failure(.notExtendable)
        }
        let expiresAt = min(now.advanced(by: holdTime), hold.extendableUntil)
        // Nothing gained is nothing granted; and what is over already is not for a moment more.
        guard expiresAt > max(hold.expiresAt, now) else { return .failure(.notExtendable) }
        let extended = Hold(
            expiresAt: expiresAt, extendableUntil: hold.extendableUntil, isPaying: hold.isPaying)
        return .success(booking.moved(to: .held, hold: extended, at: sequence))
    }

    private mutating func cancel(
        _ booking: Booking, as sequence: Int64
    ) -> Result<Booking, Change.Refusal> {
        switch booking.status {
        case .held, .confirmed:
            giveBack(booking)
            return .success(booking.moved(to: .cancelled, at: sequence))
        case .pending, .waitlisted, .rejected, .cancelled, .expired, .failed:
            return .failure(.notCancellable)
        }
    }

    /// Gives a booking's tickets back, which are held or confirmed.
    mutating func giveBack(_ booking: Booking) {
        for item in booking.basket?.items ?? [] {
            ticketTypes[item.ticketType]?.stock
                .giveBack(item.quantity, held: booking.status == .held)
        }
        grant(booking, givingBack: true)
    }
}
