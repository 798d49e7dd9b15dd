import BookingDomain

/// One sale by a script: the domain and the model are asked the same, batch by batch, and must say the same.
///
/// Batches are decided as a worker does it: on a ledger that is kept or read again, told what the commands
/// need, and written whole or not at all.
struct SaleTrial {
    /// Where the domain and the model, or the domain and what always holds, part ways.
    struct Difference: Error, CustomStringConvertible {
        let description: String
    }

    private static let batchesRange = 5...9
    private static let commandsRange = 1...5
    /// Few are looked up at a time, for what is due to take more than one entry.
    private static let dueRange = 1...4

    private var script: SaleScript
    private var model: SaleModel
    private var rows: SaleRows
    private var ledger: EventLedger
    /// When a tick would be sent, by what the batches told.
    private var timer: Instant?
    /// How many commands were applied.
    private(set) var commands = 0
    /// What was answered, each kind of it once.
    private(set) var answers: Set<String> = []
    /// The most entries that one tick took.
    private(set) var longestExpiry = 0

    init(seed: UInt64, defect: SaleModel.Defect? = nil) {
        script = SaleScript(seed: seed)
        model = SaleModel(script.terms, defect: defect)
        rows = SaleRows(script.terms)
        ledger = rows.ledger
    }

    /// What was written of the sale.
    var log: [LogPage] { rows.pages }

    /// Runs the whole sale.
    mutating func run() throws(Difference) {
        for _ in 0..<script.number(Self.batchesRange) { try runBatch() }
        try compareAll()
    }

    private var due: [Int64] {
        rows.held.compactMap { $0.hold.map { SaleCommand.time($0.expiresAt) } }
    }

    private mutating func runBatch() throws(Difference) {
        script.pass()
        let due = due
        if let first = due.first, script.chance(3) { script.pass(until: first) }
        var asked = (0..<script.number(Self.commandsRange)).map { _ in script.next(due: due) }
        if script.chance(2) { asked.append(script.tick(due: due)) }
        let time = script.time
        if script.chance(3) { ledger = rows.ledger }
        guard try goOn(at: time).isEmpty else {
            throw Difference(description: "something expired that was said to be all")
        }
        guard let (batch, steps) = decide(asked, at: time) else {
            // It was lost on its way to the database: nothing of it is true.
            ledger = rows.ledger
            return
        }
        try commit(batch)
        try compare(steps, at: time)
    }

    private mutating func decide(_ asked: [SaleCommand], at time: Int64) -> (Batch, [SaleStep])? {
        let dueMax = script.number(Self.dueRange)
        // As a rule nobody looks up what is to be made; the database refuses what was made before, and it is looked
        // up then.
        for recalling in [script.chance(4), true] {
            var opening = ledger
            rows.recall(asked.map(\.command), in: &opening, recalling: recalling, dueMax: dueMax)
            var batch = Batch([Fixture.event: opening])
            let steps = asked.map { SaleStep($0, at: time, in: &batch) }
            let madeBefore = batch.effects.flatMap(\.made).contains { rows.bookings[$0.key] != nil }
            if !madeBefore || recalling { return script.chance(10) ? nil : (batch, steps) }
        }
        return nil
    }

    private mutating func commit(_ batch: Batch) throws(Difference) {
        for effect in batch.effects {
            do throws(SaleRows.Refused) { try rows.commit(effect) } catch {
                throw Difference(description: "the database refuses it: \(error.constraint)")
            }
        }
        guard let committed = batch.committedLedgers[Fixture.event] else {
            throw Difference(description: "the ledger is gone")
        }
        ledger = committed
        switch batch.deadlines[Fixture.event] {
        case .exactly(let due): timer = due
        case .atLatest(let due): timer = min(due, timer ?? due)
        case nil: break
        }
        if let first = rows.held.first?.hold?.expiresAt {
            guard let timer, timer <= first else {
                throw Difference(description: "no tick will be sent of what is held")
            }
        }
        try expect(rows.stock, model: ledger.stock, "the stock that is written")
    }

    /// Expires what is expiring still, entry by entry, and says what came of it.
    private mutating func goOn(at time: Int64) throws(Difference) -> [SaleStep] {
        var steps: [SaleStep] = []
        while ledger.expiringUntil != nil {
            var opening = ledger
            rows.recallDue(in: &opening, max: script.number(Self.dueRange))
            var batch = Batch([Fixture.event: opening])
            let step = SaleStep(goingOnAt: time, in: &batch)
            try step.check()
            try commit(batch)
            if step.entry != nil { steps.append(step) }
            // Another owner reads the event again.
            if script.chance(3) { ledger = rows.ledger }
        }
        return steps
    }

    private mutating func compare(_ steps: [SaleStep], at time: Int64) throws(Difference) {
        for step in steps {
            try step.check()
            commands += 1
            if case .tick = step.command.asks {
                try compareTick(step, at: time)
            } else {
                let answer = model.apply(step.command, at: time)
                try expect(step.answer, model: answer, "\(step.command)")
            }
            answers.insert(step.isLate ? "late" : step.answer.word)
            try compare(step)
        }
        try expect(rows.stock, model: model.stock, "the stock")
    }

    /// What a tick expires may be in several entries; only the first of them is in its own batch.
    private mutating func compareTick(_ step: SaleStep, at time: Int64) throws(Difference) {
        let answer = model.apply(step.command, at: time)
        let pieces = ([step] + (try goOn(at: time))).compactMap { step -> [Int]? in
            if case .expired(let numbers) = step.answer { numbers } else { nil }
        }
        let expired = pieces.flatMap { $0 }
        longestExpiry = max(longestExpiry, pieces.count)
        try expect(
            pieces.isEmpty ? .nothing : .expired(expired), model: answer, "\(step.command)")
        if !pieces.isEmpty { model.expired(expired, inPieces: pieces.map(\.count)) }
        try expect(rows.event.sequence, model: model.sequence, "the sequence after a tick")
    }

    private func compare(_ step: SaleStep) throws(Difference) {
        if let entry = step.entry {
            try expect(
                SaleCommand.time(entry.at), model: model.lastAppliedAt, "when it was applied")
            if case .expire = entry.body { return }
            try expect(entry.sequence, model: model.sequence, "the sequence")
        }
        if case .tick = step.command.asks { return }
        try expect(step.stock, model: model.stock, "the stock after \(step.command)")
        if let booking = step.booking { try compare(booking) }
    }

    private func compare(_ booking: Booking) throws(Difference) {
        let number = SaleCommand.number(booking.key)
        guard let expected = model.bookings[number] else {
            throw Difference(description: "booking \(number) is none")
        }
        try expect("\(booking.status)", model: "\(expected.standing)", "booking \(number)")
        try expect(booking.sequence, model: expected.place, "its sequence")
        try expect(booking.asOfSequence, model: expected.changedAt, "its last change")
        let hold = expected.standing == .held ? expected : nil
        try expect(
            booking.hold.map { SaleCommand.time($0.expiresAt) }, model: hold?.dueAt,
            "when it is due")
        try expect(booking.hold?.isPaying, model: hold?.isPaying, "whether it is paying")
        try expect(booking.user, model: SaleCommand.user(expected.user), "its buyer")
    }

    private func expect<Value: Equatable>(
        _ value: Value, model expected: Value, _ what: String
    ) throws(Difference) {
        guard value != expected else { return }
        throw Difference(
            description: "\(what): the domain says \(value), the model \(expected)")
    }

    /// At the end: every row as the model has it, and as the log gives it.
    private func compareAll() throws(Difference) {
        try expect(rows.bookings.count, model: model.bookings.count, "the bookings")
        for booking in rows.bookings.values { try compare(booking) }
        for (allowance, taken) in rows.tally {
            let (user, type) = (Int(allowance.user.bits) - 1, Int(allowance.ticketType.rawValue))
            try expect(taken, model: model.taken(by: user, of: type), "what user \(user) has")
        }
        let opening = SaleRows(script.terms)
        var replay = Replay(
            from: opening.event, buyers: rows.bookings.compactMapValues(\.user))
        var walk = LogWalk()
        for page in rows.pages {
            let read = LogPage(
                event: page.event, firstSequence: page.firstSequence, count: page.count,
                at: page.at, bytes: page.bytes)
            guard let entries = read.entries else {
                throw Difference(description: "a page cannot be read")
            }
            for entry in entries {
                if let problem = walk.problem(with: entry) {
                    throw Difference(description: problem)
                }
                do throws(Replay.Discrepancy) { try replay.apply(entry) } catch {
                    throw Difference(description: "replaying \(entry): \(error)")
                }
            }
        }
        try expect(replay.bookings, model: rows.bookings, "the bookings that the log gives")
        try expect(replay.changes, model: rows.changes, "the changes that the log gives")
        try expect(replay.stock, model: rows.stock, "the stock that the log gives")
    }
}
