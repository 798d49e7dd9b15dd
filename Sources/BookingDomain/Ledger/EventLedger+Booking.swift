/// Requests to book.
extension EventLedger {
    mutating func book(
        _ basket: Basket, holding: Bool, _ command: Command, at now: Instant
    ) -> Application {
        let key = BookingKey(bits: command.id.bits)
        guard recollection.bookings[key] == nil, let user = command.actor else { return .repeated }
        let objection = objection(to: basket, by: user, at: now)
        let (decision, status): (Entry.Decision, BookingStatus) =
            if let objection {
                (.rejected(objection), .rejected)
            } else if holding {
                (.held(newHold(at: now)), .held)
            } else {
                (.confirmed, .confirmed)
            }
        let entry = nextEntry(
            of: command.id, acceptedAt: command.acceptedAt, at: now,
            .book(basket, holding: holding, decision))
        let hold: Hold? = if case .held(let hold) = decision { hold } else { nil }
        let booking = Booking(
            key: key, event: event, user: user, basket: basket, flags: holding ? .hold : [],
            status: status, reason: objection, sequence: sequence,
            createdAt: command.acceptedAt ?? now, decidedAt: now, hold: hold)
        recollection.bookings[key] = booking
        if objection == nil { take(booking) }
        return .applied(entry)
    }

    /// A request to book that could not be read.
    mutating func fail(_ command: Command, at now: Instant) -> Application {
        let key = BookingKey(bits: command.id.bits)
        guard recollection.bookings[key] == nil else { return .repeated }
        let entry = nextEntry(of: command.id, acceptedAt: nil, at: now, .undecodable)
        recollection.bookings[key] = Booking(
            key: key, event: event, user: command.actor, basket: nil, status: .failed,
            reason: .undecodable, sequence: sequence, createdAt: now, decidedAt: now)
        return .applied(entry)
    }

    /// What stands against selling the whole basket, or `nil`.
    func objection(to basket: Basket, by user: UserID, at now: Instant) -> Reason? {
        guard sells(at: now) else { return .eventClosed }
        var soldOut = false
        var limitExceeded = false
        for item in basket.items {
            guard let type = ticketTypes[item.ticketType] else { return .unknownTicketType }
            if let limit = type.maxPerUser {
                let has = taken(by: user, of: item.ticketType)
                if has + item.quantity.rawValue > limit { limitExceeded = true }
            }
            if !type.stock.has(item.quantity) { soldOut = true }
        }
        return limitExceeded ? .limitExceeded : soldOut ? .soldOut : nil
    }

    /// Takes a booking's tickets, which are available.
    mutating func take(_ booking: Booking) {
        for item in booking.basket?.items ?? [] {
            ticketTypes[item.ticketType]?.stock.take(item.quantity, holding: booking.hold != nil)
        }
        grant(booking)
    }

    private func newHold(at now: Instant) -> Hold {
        Hold(
            expiresAt: now.advanced(by: holdTime),
            extendableUntil: now.advanced(by: holdTime * EventTerms.holdTimesMax), isPaying: false)
    }
}
