// A worker's way from messages to acknowledgements: `BatchLoop`, `BatchApplier`, `Announcer`.
extension Rules {
    /// A worker takes messages, decides what it does not know as decided, and sends the batch
    /// (`BatchApplier.decide`, `LedgerRepository.commit`).
    ///
    /// It looks the commands up when some may come again: some time after it took the shard over, or a
    /// batch was refused, and always when messages come redelivered. When that time is over is a matter of
    /// luck here. While this batch is under way, the last one is announced and acknowledged.
    func decide(
        _ index: Int, _ count: Int, looksUp: Bool, _ state: inout ProtocolState
    ) throws(Violation) -> Bool {
        var worker = state[worker: index]
        guard let messages = state.unread(of: index)?.prefix(count), messages.count == count else {
            return false
        }
        let mustLookUp = messages.contains(where: \.isRedelivered) && !has(.neverLooksUpAtFirst)
        guard looksUp ? worker.recalls || mustLookUp : !mustLookUp else { return false }
        worker.recalls = looksUp
        let decidedOn = worker.ledger ?? state.database.version
        worker.ledger = decidedOn
        let known = looksUp ? state.database.decided : []
        let new = scenario.commands(in: messages).subtracting(known).subtracting(worker.remembered)
        if has(.announcesBeforeCommit), !new.isSubset(of: state.database.decided) {
            throw .announcedTooEarly(new)
        }
        if has(.acknowledgesRepeatsUnfenced), new.isEmpty {
            worker.committed += UInt8(count)
        } else {
            worker.transaction = BatchTransaction(
                epoch: worker.epoch, decidedOn: decidedOn, messages: MessageList(messages),
                new: new, time: state.clock)
        }
        state[worker: index] = worker
        if has(.acknowledgesBeforeCommit) {
            try settle(Int(worker.committed) + count, on: index, &state)
        }
        return true
    }

    /// A worker lets a command fail, alone, that the database does not take or that workers died of
    /// (`BatchPlanner`).
    ///
    /// The letter to the dead is written in the same transaction.
    func giveUp(_ command: Int, by index: Int, _ state: inout ProtocolState) -> Bool {
        guard let message = state.unread(of: index)?.first,
            CommandSet(in: message).subtracting(state.database.decided) == CommandSet(command),
            state.left.spend(\.surrenders)
        else { return false }
        let decidedOn = state[worker: index].ledger ?? state.database.version
        state[worker: index].ledger = decidedOn
        state[worker: index].transaction = BatchTransaction(
            epoch: state[worker: index].epoch, decidedOn: decidedOn,
            messages: MessageList([message]), new: CommandSet(command),
            failing: CommandSet(command), time: state.clock)
        if has(.buriesWithoutFence) { state.database.buried.insert(CommandSet(command)) }
        return true
    }

    /// The database does the transaction, whole or not at all, and the worker hears of it
    /// (`BatchApplier.commit`).
    ///
    /// What was refused is decided again, on a ledger that is read again. A frozen worker hears it later.
    func commit(_ index: Int, _ state: inout ProtocolState) throws(Violation) -> Bool {
        guard let transaction = state[worker: index].transaction, !state.late.holdsLease else {
            return false
        }
        state[worker: index].transaction = nil
        let before = state.database.bookings
        switch try execute(transaction, &state) {
        case .committed:
            if writes(transaction) { state[worker: index].ledger = state.database.version }
            if scenario.hasHolds { armTimers(of: index, after: transaction, from: before, &state) }
            guard state[worker: index].channel == .open else { break }
            state[worker: index].committed += UInt8(transaction.messages.count)
        case .versionConflict, .notDue: forgetLedger(of: index, &state)
        case .decidedBefore:
            forgetLedger(of: index, &state)
            state[worker: index].recalls = true
        case .fenced:
            if !state[worker: index].isFrozen { endTenure(of: index, &state) }
        }
        return true
    }

    /// What the statements of a batch come to, in their order: `BatchStatements`.
    func execute(
        _ transaction: BatchTransaction, _ state: inout ProtocolState
    ) throws(Violation) -> Verdict {
        let isOwner = state.database.isHeld && state.database.epoch == transaction.epoch
        if !isOwner {
            guard has(.hasNoFence) else { return .fenced }
            throw .committedUnderStaleEpoch
        }
        guard writes(transaction) else { return .committed }
        guard transaction.decidedOn == state.database.version else {
            guard has(.comparesNoVersion) else { return .versionConflict }
            throw .sequenceBroken
        }
        let twice = transaction.new.intersection(state.database.decided)
        guard twice.isSubset(of: idsWithoutConstraint) else {
            guard has(.hasNoUniqueKey) else { return .decidedBefore }
            throw .decidedTwice(twice)
        }
        guard try enter(transaction, &state) else { return .notDue }
        state.database.failed.formUnion(transaction.failing)
        if !has(.buriesWithoutFence) { state.database.buried.formUnion(transaction.failing) }
        let applied = state.database.decided.subtracting(state.database.failed)
        let wronged = applied.intersection(state.database.buried)
        guard wronged.isEmpty else { throw .buriedAndApplied(wronged) }
        return .committed
    }

    /// Whether it has entries, as far as its worker knows.
    private func writes(_ transaction: BatchTransaction) -> Bool {
        !transaction.new.isEmpty || transaction.expiresDirectly
            || transaction.messages.contains { scenario.tickTime(of: $0) != nil }
    }

    /// The commands whose ids the database would take twice: none, but in a variant.
    private var idsWithoutConstraint: CommandSet {
        guard has(.dedupesByWindow) else { return [] }
        var ids = CommandSet()
        for (command, request) in scenario.requests.enumerated() {
            if request != .hold(request.booking) { ids.insert(CommandSet(command)) }
        }
        return ids
    }

    /// Gives the commands their sequences, in the order of the messages; nothing happens, and the answer is
    /// `false`, when something would expire before its time.
    private func enter(
        _ transaction: BatchTransaction, _ state: inout ProtocolState
    ) throws(Violation) -> Bool {
        let before = scenario.hasHolds ? state : nil
        let decidedBefore = state.database.decided
        for message in transaction.messages {
            if let time = scenario.tickTime(of: message) {
                guard try expire(upTo: time, &state) else {
                    if let before { state = before }
                    return false
                }
                continue
            }
            for command in 0..<scenario.commands {
                let one = CommandSet(command)
                guard CommandSet(in: message).intersection(transaction.new).contains(one) else {
                    continue
                }
                if state.database.decided.contains(one) {
                    if decidedBefore.contains(one) {
                        try applyAgain(command, at: transaction.time, &state)
                    }
                    continue
                }
                let overtaken = state.precedence[command].subtracting(state.database.decided)
                guard overtaken.isEmpty else { throw .outOfOrder(one, before: overtaken) }
                state.database.decided.insert(one)
                state.precedence[command] = []
                guard scenario.hasHolds, !transaction.failing.contains(one) else { continue }
                _ = try apply(command, at: transaction.time, &state)
                forgetAcceptance(of: command, &state)
            }
        }
        if transaction.expiresDirectly { _ = try expire(upTo: transaction.time, &state) }
        return true
    }

    /// Outcomes are told as well as can be, and what is committed is acknowledged, `multiple` (`Announcer`).
    ///
    /// Nobody's fate hangs on an outcome: under an alarm it is not told, and clients are answered from the
    /// database.
    func acknowledge(_ index: Int, _ state: inout ProtocolState) throws(Violation) -> Bool {
        let worker = state[worker: index]
        guard worker.canAct, worker.committed > 0, worker.channel == .open else { return false }
        if has(.stopsAtAlarm), state.hasAlarm {
            endTenure(of: index, &state)
            return true
        }
        try settle(Int(worker.committed), on: index, &state)
        return true
    }

    private func settle(
        _ count: Int, on index: Int, _ state: inout ProtocolState
    ) throws(Violation) {
        let done = scenario.commands(in: state.queue[index].inHand.prefix(count))
        let undecided = done.subtracting(state.database.decided)
        guard undecided.isEmpty else { throw .acknowledgedTooEarly(undecided) }
        state.queue.settle(count, on: index)
        state[worker: index].committed = 0
    }

    /// A worker refuses a message so that it comes again, behind younger ones (a variant).
    func giveBack(_ index: Int, _ state: inout ProtocolState) -> Bool {
        guard has(.givesBackByReject), let unread = state.unread(of: index), unread.count > 1
        else { return false }
        state.queue.giveBack(Int(state[worker: index].committed), on: index)
        return true
    }
}

extension ProtocolState {
    /// What a worker may take next; `nil` when it can take nothing now.
    func unread(of index: Int) -> MessageList? {
        let worker = self[worker: index]
        guard worker.canAct, worker.transaction == nil, worker.channel == .open else { return nil }
        var messages = queue[index].inHand
        messages.removeFirst(Int(worker.committed))
        return messages
    }
}

extension Rules {
    /// A ledger that was out of date is read again, and the timers with it.
    private func forgetLedger(of index: Int, _ state: inout ProtocolState) {
        state[worker: index].ledger = nil
        state[worker: index].remembered = []
        if scenario.hasHolds { rebuildTimers(of: index, &state) }
    }
}
