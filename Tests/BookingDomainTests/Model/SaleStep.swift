import BookingDomain

/// What one command did to a batch, and what must hold of it whatever the rules are.
struct SaleStep {
    let command: SaleCommand
    let answer: SaleModel.Answer
    let entry: Entry?
    /// Where its booking stood then.
    let booking: Booking?
    /// What was left, held and confirmed of each ticket type then.
    let stock: [[Int]]
    private let before: EventLedger?
    private let after: EventLedger?

    /// Applies the command.
    init(_ command: SaleCommand, at time: Int64, in batch: inout Batch) {
        let repeated = batch.repeated.count
        self.init(command, in: &batch) { batch in
            _ = batch.apply(command.command, at: SaleCommand.instant(time))
            return batch.repeated.count > repeated ? .again : .nothing
        }
    }

    /// Expires more of what was due.
    init(goingOnAt time: Int64, in batch: inout Batch) {
        let tick = SaleCommand(number: 0, booking: 0, user: 0, asks: .tick(time))
        self.init(tick, in: &batch) { batch in
            batch.goOn(Fixture.event, at: SaleCommand.instant(time))
            return .nothing
        }
    }

    private init(
        _ command: SaleCommand, in batch: inout Batch,
        by apply: (inout Batch) -> SaleModel.Answer
    ) {
        self.command = command
        before = batch.ledgers[Fixture.event]
        let count = batch.entries[Fixture.event]?.count ?? 0
        let answer = apply(&batch)
        after = batch.ledgers[Fixture.event]
        let entries = batch.entries[Fixture.event] ?? []
        entry = entries.count > count ? entries.last : nil
        self.answer = entry.map(SaleModel.Answer.init) ?? answer
        booking = command.command.booking.flatMap { [after] in after?.booking($0) }
        stock = after?.stock ?? []
    }

    /// Whether it confirmed what had expired.
    var isLate: Bool {
        guard answer == .confirmed, let booking else { return false }
        return before?.booking(booking.key)?.status == .expired
    }

    /// Throws when something does not hold that always does.
    func check() throws(SaleTrial.Difference) {
        guard let before, let after else { return }
        for (type, counts) in zip(after.ticketTypes.values, after.ticketTypes.values.map(\.stock)) {
            let parts = [counts.available, counts.held, counts.confirmed]
            try hold(
                parts.allSatisfy { $0 >= 0 } && parts.reduce(0, +) == type.stock.capacity,
                "the counts do not add up: \(parts)")
        }
        guard let entry else {
            try hold(after.sequence == before.sequence, "a place was given for nothing")
            try hold(after.stock == before.stock, "the stock moved for nothing")
            if let booking {
                try hold(booking == before.booking(booking.key), "a booking moved for nothing")
            }
            return
        }
        try hold(entry.sequence == before.sequence + 1, "the sequence has a gap")
        try hold(after.sequence == entry.sequence, "the sequence is not the entry's")
        if case .expire(let keys, let time, _) = entry.body {
            for key in keys { try checkExpiry(of: key, dueAt: time, at: entry.at) }
        } else if let booking {
            let was = before.booking(booking.key)?.status ?? .pending
            try hold(
                booking.status == was || was.canBecome(booking.status),
                "from \(was) to \(booking.status)")
        }
    }

    private func checkExpiry(
        of key: BookingKey, dueAt time: Instant, at now: Instant
    ) throws(SaleTrial.Difference) {
        // Known when it was changed in the same batch; else as it was looked up, which the model compares.
        if let hold = before?.booking(key)?.hold {
            try self.hold(hold.expiresAt <= min(time, now), "it expired before its time")
        }
        try hold(after?.booking(key)?.status == .expired, "it was said to expire")
    }

    private func hold(_ isTrue: Bool, _ what: String) throws(SaleTrial.Difference) {
        guard !isTrue else { return }
        throw SaleTrial.Difference(description: "\(command): \(what)")
    }
}

extension SaleModel.Answer {
    /// What an entry says.
    fileprivate init(_ entry: Entry) {
        switch entry.body {
        case .book(_, _, .confirmed), .change(.confirm, _, .applied): self = .confirmed
        case .book(_, _, .held(let hold)), .change(_, _, .applied(let hold?)):
            self = .held(
                dueAt: SaleCommand.time(hold.expiresAt),
                until: SaleCommand.time(hold.extendableUntil), isPaying: hold.isPaying)
        case .book(_, _, .rejected(let reason)): self = .rejected(reason.rawValue)
        case .undecodable: self = .failed
        case .change(_, _, .applied(nil)): self = .cancelled
        case .change(_, _, .refused(let refusal)): self = .refused(refusal.rawValue)
        case .expire(let keys, _, _): self = .expired(keys.map(SaleCommand.number))
        }
    }
}

extension EventLedger {
    /// What is left, held and confirmed of each ticket type.
    var stock: [[Int]] { ticketTypes.stock }
}

extension Replay {
    /// What is left, held and confirmed of each ticket type.
    var stock: [[Int]] { ticketTypes.stock }
}

extension [TicketTypeNumber: TicketType] {
    fileprivate var stock: [[Int]] {
        values.sorted { $0.number < $1.number }
            .map { [$0.stock.available, $0.stock.held, $0.stock.confirmed] }
    }
}

/// Goes through a log, and knows what no log may have.
struct LogWalk {
    private var ids: Set<CommandID> = []
    private var held: Set<BookingKey> = []
    private var last: Int64 = 0

    /// What is wrong with the next entry, or `nil`.
    mutating func problem(with entry: Entry) -> String? {
        guard entry.sequence == last + 1 else { return "sequence \(entry.sequence) after \(last)" }
        last = entry.sequence
        guard ids.insert(entry.command).inserted else { return "command \(entry.command) twice" }
        switch entry.body {
        case .book(_, _, .held): held.insert(BookingKey(bits: entry.command.bits))
        case .change(.confirm, let key, .applied), .change(.cancel, let key, .applied):
            held.remove(key)
        case .change(.pay, let key, .applied), .change(.extend, let key, .applied):
            if !held.contains(key) { return "\(key) was not held" }
        case .expire(let keys, let time, _):
            if time > entry.at { return "expired up to a time that had not come" }
            for key in keys where held.remove(key) == nil {
                return "\(key) expired, and was not held"
            }
        case .book, .undecodable, .change: break
        }
        return nil
    }
}
