// What a batch does to bookings that are held: the domain's rules, as far as time matters to them.
extension Rules {
    /// Enters a command at its turn, at the batch's time; `false` when it is refused, and changes nothing.
    ///
    /// A confirmation counts as long as nothing before it in the line has expired its hold, however late it
    /// is by the clock. Once expired, it takes only what is free.
    func apply(
        _ command: Int, at time: UInt8, _ state: inout ProtocolState
    ) throws(Violation) -> Bool {
        let request = scenario.requests[command]
        let index = request.booking
        let booking = state.database.bookings[index]
        switch (request, booking.status) {
        case (.hold, .none):
            guard state.database.available > 0 else {
                state.database.bookings[index].status = .rejected
                return true
            }
            take(index, as: .held, &state)
            state.database.bookings[index].expiresAt = time + scenario.holdTime
        case (.confirm, .held):
            state.database.bookings[index].status = .confirmed
        case (.confirm, .expired):
            if let acceptedAt = state.acceptedAt[index], acceptedAt < booking.expiresAt {
                throw .confirmationOvertaken(CommandSet(command))
            }
            guard state.database.available > 0 || has(.confirmsLateUnseen) else { return false }
            take(index, as: .confirmed, &state)
        case (.extend, .held):
            let renewed = max(booking.expiresAt, time + scenario.holdTime)
            state.database.bookings[index].expiresAt = renewed
        case (.cancel, .held), (.cancel, .confirmed):
            state.database.bookings[index].status = .cancelled
            state.database.available += 1
        case (.hold, _), (.confirm, _), (.extend, _), (.cancel, _): return false
        }
        guard state.database.bookings.taken <= scenario.stock else { throw .takenTwice }
        return true
    }

    private func take(_ index: Int, as status: Booking.Status, _ state: inout ProtocolState) {
        state.database.bookings[index].status = status
        state.database.available -= min(1, state.database.available)
    }

    /// A tick is read, or comes directly: what is held until its time expires, in one entry.
    ///
    /// `false` when the database's clock is not there yet: `ensure(expires_at <= clock_timestamp())`, which
    /// takes the whole batch back.
    func expire(upTo time: UInt8, _ state: inout ProtocolState) throws(Violation) -> Bool {
        var expired = 0
        for index in 0..<Bookings.countMax {
            let booking = state.database.bookings[index]
            let isDue = booking.hasLapsed(at: time)
            if has(.expiresWhatIsConfirmed), booking.status == .confirmed,
                booking.expiresAt <= time
            {
                throw .confirmedAndExpired(index)
            }
            guard isDue else { continue }
            if booking.expiresAt > state.clock {
                guard has(.believesOwnClock) || has(.ensuresNoTime) else { return false }
                throw .expiredEarly(index)
            }
            state.database.bookings[index].status = .expired
            state.database.available += 1
            expired += 1
        }
        if expired > 0 { state.database.expiries += 1 }
        return true
    }

    /// A command whose id is there already, where that is nothing that the database sees (a variant).
    func applyAgain(
        _ command: Int, at time: UInt8, _ state: inout ProtocolState
    ) throws(Violation) {
        let before = state.database.bookings
        let isRefused = try !apply(command, at: time, &state)
        // What is so already is answered without a command.
        let index = scenario.requests[command].booking
        let isSo =
            scenario.requests[command] == .confirm(index) && before[index].status == .confirmed
            || scenario.requests[command] == .cancel(index) && before[index].status == .cancelled
        guard isRefused ? isSo : state.database.bookings == before else {
            throw .decidedTwice(CommandSet(command))
        }
    }
}
