// From a client's request to its 202.
extension Rules {
    /// A client asks for a booking, or asks again with its key: `SubmissionService`, `CommandOutbox`.
    ///
    /// A command that finds no batch on its way departs at once; others gather behind it. New commands
    /// come in the order of their names, for it does not matter which is called what.
    func submit(_ command: Int, to ingress: Int, _ state: inout ProtocolState) -> Bool {
        let wanted = CommandSet(command)
        let known = state[ingress: ingress].gathered.union(state[ingress: ingress].flight)
        guard !state.isClosed, known.isDisjoint(with: wanted) else { return false }
        if state.submitted.contains(wanted) {
            guard state.left.spend(\.repeats) else { return false }
        } else {
            guard isNext(command, state) else { return false }
            state.submitted.insert(wanted)
            state.precedence[command] = state.accepted
        }
        if state[ingress: ingress].stage == .none {
            state[ingress: ingress].flight = wanted
            state[ingress: ingress].stage = .departed
        } else {
            state[ingress: ingress].gathered.insert(wanted)
        }
        return true
    }

    /// The exchange finds the queue, or returns the batch: then the ingress makes the queue and publishes
    /// once more (`CommandPublisher.publish`).
    ///
    /// A step of its own only where queues are deleted.
    func route(_ ingress: Int, _ state: inout ProtocolState) -> Bool {
        guard deletesQueues, state[ingress: ingress].stage == .departed, !state.hasAlarm else {
            return false
        }
        if state.isBound {
            state[ingress: ingress].stage = .routed
        } else if has(.publishesWithoutMandatory) {
            state[ingress: ingress].stage = .taken
        } else {
            state.hasQueue = true
            state.isBound = true
        }
        return true
    }

    /// The queue has the message, on disk.
    ///
    /// One that was deleted meanwhile drops it; the broker confirms it all the same, without a return.
    func arrive(_ ingress: Int, _ state: inout ProtocolState) -> Bool {
        let stage: Ingress.Stage = deletesQueues ? .routed : .departed
        guard state[ingress: ingress].stage == stage, !state.hasAlarm, state.queue.hasRoom,
            let message = Message(payload: state[ingress: ingress].flight.rawValue)
        else { return false }
        if state.hasQueue { state.queue.enqueue(message) }
        state[ingress: ingress].stage = .taken
        return true
    }

    /// The broker confirms, and everybody who waits for the batch is told 202 (`CommandBatcher.land`).
    func confirm(_ ingress: Int, _ state: inout ProtocolState) throws(Violation) -> Bool {
        guard state[ingress: ingress].stage == .taken else { return false }
        let flight = state[ingress: ingress].flight
        state.accepted.formUnion(flight)
        noteAcceptance(of: flight, &state)
        state[ingress: ingress].land()
        let lost = flight.subtracting(state.safe)
        guard lost.isEmpty else { throw .acceptedIsLost(lost) }
        return true
    }

    /// The broker says no, and the ingress publishes the batch once more (`CommandPublisher.publish`).
    ///
    /// The queue may have it all the same, since its leader died, say. (If not, nothing has changed.)
    func insist(_ ingress: Int, _ state: inout ProtocolState) -> Bool {
        guard state[ingress: ingress].stage == .taken, state.left.spend(\.failedPublishes)
        else { return false }
        state[ingress: ingress].stage = .departed
        return true
    }

    /// The broker refuses the batch, or is not heard, so that its clients are told 503.
    ///
    /// The batch may be in the queue. Blocked publishers find out at once.
    func failPublish(_ ingress: Int, _ state: inout ProtocolState) -> Bool {
        let stage = state[ingress: ingress].stage
        guard stage != .none else { return false }
        let isBlocked = state.hasAlarm && stage == .departed
        guard isBlocked || state.left.spend(\.failedPublishes) else { return false }
        state[ingress: ingress].land()
        return true
    }

    /// An ingress dies with all it has; its clients hear nothing.
    func loseIngress(_ ingress: Int, _ state: inout ProtocolState) -> Bool {
        guard !state[ingress: ingress].gathered.isEmpty, state.left.spend(\.failedPublishes)
        else { return false }
        state[ingress: ingress] = Ingress()
        return true
    }

    /// Bookings come in the order of their names; what is asked of one, once its hold is accepted and so
    /// has an id that the client knows.
    private func isNext(_ command: Int, _ state: ProtocolState) -> Bool {
        guard scenario.hasHolds else { return command == state.submitted.count }
        let request = scenario.requests[command]
        guard let hold = scenario.requests.firstIndex(of: .hold(request.booking)) else {
            return false
        }
        return hold == command || state.accepted.contains(CommandSet(hold))
    }

    /// What a confirmation may rely on later is when it was accepted first.
    private func noteAcceptance(of commands: CommandSet, _ state: inout ProtocolState) {
        guard scenario.hasHolds else { return }
        for command in commands.subtracting(state.database.decided).commands {
            let booking = scenario.requests[command].booking
            guard scenario.requests[command] == .confirm(booking),
                state.acceptedAt[booking] == nil
            else { continue }
            state.acceptedAt[booking] = state.clock
        }
    }

    func forgetAcceptance(of command: Int, _ state: inout ProtocolState) {
        let booking = scenario.requests[command].booking
        if scenario.requests[command] == .confirm(booking) { state.acceptedAt[booking] = nil }
    }

    private var deletesQueues: Bool { scenario.allowance.deletions > 0 }
}

extension ProtocolState {
    /// The commands that nothing can make undone: decided, or in the queue.
    var safe: CommandSet { database.decided.union(CommandSet(in: queue.messages)) }
}
