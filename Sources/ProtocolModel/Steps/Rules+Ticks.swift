// Time, and how an owner brings it into the line.
extension Rules {
    /// The database's clock goes on: no other decides anything.
    func stepClock(_ state: inout ProtocolState) -> Bool {
        guard state.clock < scenario.timeMax else { return false }
        state.clock += 1
        return true
    }

    /// Something is due, and the owner publishes one tick for all of it, with the database's time.
    ///
    /// So does an owner that has lost its lease and has not noticed. The timer may be off: one that fires early asks the database, and waits again, which is no step; one
    /// that is late takes its step after others. What was refused is tried again.
    func publishTick(_ index: Int, _ state: inout ProtocolState) -> Bool {
        let worker = state[worker: index]
        guard worker.canAct, !has(.expiresBesideTheLine) else { return false }
        let now = time(for: worker, state)
        switch worker.tick.stage {
        case .none:
            guard let due = worker.timers.earliest, due <= now else { return false }
        case .refused: guard !state.hasAlarm else { return false }
        case .departed, .awaited: return false
        }
        state[worker: index].tick = OutgoingTick(stage: .departed, time: now)
        state[worker: index].timers.remove(upTo: now)
        return true
    }

    /// What a worker takes for the time: what the database has told it, or its own clock, which is fast
    /// (a variant).
    private func time(for worker: Worker, _ state: ProtocolState) -> UInt8 {
        let isFast = has(.believesOwnClock) || has(.ticksByOwnClock)
        return isFast ? min(state.clock + 1, scenario.timeMax) : state.clock
    }

    /// The queue has the tick; the broker confirms it.
    func arriveTick(_ index: Int, _ state: inout ProtocolState) -> Bool {
        let tick = state[worker: index].tick
        guard tick.stage == .departed, enqueue(tickOf: tick.time, &state) else { return false }
        state[worker: index].tick.stage = .awaited
        return true
    }

    /// The tick of a worker that is gone was on its way, and arrives.
    func arriveLateTick(_ state: inout ProtocolState) -> Bool {
        guard let time = state.lateTick, enqueue(tickOf: time, &state) else { return false }
        state.lateTick = nil
        return true
    }

    private func enqueue(tickOf time: UInt8, _ state: inout ProtocolState) -> Bool {
        guard !state.hasAlarm, state.queue.hasRoom, let message = Message(tickOf: time) else {
            return false
        }
        state.queue.enqueue(message)
        return true
    }

    /// The broker blocks publishers, and the owner finds out at once.
    func blockTick(_ index: Int, _ state: inout ProtocolState) -> Bool {
        guard state.hasAlarm, state[worker: index].canAct,
            state[worker: index].tick.stage == .departed
        else { return false }
        state[worker: index].tick.stage = .refused
        return true
    }

    /// The broker refuses the tick; or takes it and is not heard.
    func failTick(_ index: Int, _ state: inout ProtocolState) -> Bool {
        let stage = state[worker: index].tick.stage
        guard state[worker: index].canAct, stage == .departed || stage == .awaited,
            state.left.spend(\.failedPublishes)
        else { return false }
        state[worker: index].tick.stage = .refused
        return true
    }

    /// The owner cannot publish, sees the event's queue empty since something was due, and lets it expire
    /// without a tick.
    ///
    /// Whatever was accepted before that time stood in the queue then, and is decided. What comes later is
    /// late, though it may come before the batch is committed.
    func expireDirectly(_ index: Int, _ state: inout ProtocolState) -> Bool {
        let worker = state[worker: index]
        guard worker.canAct, worker.transaction == nil, !has(.waitsForBlockedTick),
            !state.database.bookings.lapsed(at: state.clock).isEmpty
        else { return false }
        if !has(.expiresBesideTheLine) {
            guard worker.tick.stage == .refused else { return false }
            guard state.queue.messageCount == 0 || has(.expiresUnderAlarmUnseen) else {
                return false
            }
        }
        let decidedOn = worker.ledger ?? state.database.version
        state[worker: index].ledger = decidedOn
        state[worker: index].transaction = BatchTransaction(
            epoch: worker.epoch, decidedOn: decidedOn, messages: MessageList(), new: [],
            time: state.clock, expiresDirectly: true)
        return true
    }

    /// After a commit: what is held has a timer, unless a tick is on its way that sees to it.
    func armTimers(
        of index: Int, after transaction: BatchTransaction, from before: Bookings,
        _ state: inout ProtocolState
    ) {
        let tick = state[worker: index].tick
        let ticks = transaction.messages.compactMap { scenario.tickTime(of: $0) }
        let isRead = ticks.contains { tick.covers($0) && $0 == tick.time }
        if isRead || transaction.expiresDirectly { state[worker: index].tick = OutgoingTick() }
        for booking in 0..<Bookings.countMax {
            let now = state.database.bookings[booking]
            if has(.forgetsTimerOfExtended), before[booking].status == .held { continue }
            if has(.forgetsTimersAtTakeover), before[booking] == now { continue }
            arm(booking, of: index, &state)
        }
    }

    /// Timers are derived from what is held: after each claim, and whenever the ledger is dropped.
    func rebuildTimers(of index: Int, _ state: inout ProtocolState) {
        state[worker: index].timers = TimePerBooking()
        for booking in 0..<Bookings.countMax { arm(booking, of: index, &state) }
    }

    private func arm(_ booking: Int, of index: Int, _ state: inout ProtocolState) {
        let now = state.database.bookings[booking]
        let isCovered = state[worker: index].tick.covers(now.expiresAt)
        let isDue = now.status == .held && !isCovered
        state[worker: index].timers[booking] = isDue ? now.expiresAt : nil
    }
}

extension Scenario {
    /// The time that a message carries, if it is a tick.
    func tickTime(of message: Message) -> UInt8? { hasHolds ? message.tickTime : nil }

    /// The commands that messages carry, and no ticks.
    func commands(in messages: some Sequence<Message>) -> CommandSet {
        hasHolds ? CommandSet(in: messages).intersection(.besideTicks) : CommandSet(in: messages)
    }
}
