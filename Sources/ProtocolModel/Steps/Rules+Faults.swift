// What goes wrong, and what operators do.
extension Rules {
    /// A worker dies and is started again; or it loses its connection to the broker; or that to the
    /// database, so that it does not know what became of its batch, and drops the shard.
    ///
    /// For the others that is the same: its messages come back, its lease is not given back, and its batch
    /// may still commit, or not. In the middle of sending a batch, the database has run its fence.
    func die(_ index: Int, halfSent: Bool, _ state: inout ProtocolState) -> Bool {
        let worker = state[worker: index]
        guard worker.serves, !halfSent || canBeHalfSent(worker, state),
            state.left.spend(\.deaths)
        else { return false }
        state[worker: index].transaction?.isHalfSent = halfSent
        state[worker: index].isFrozen = false
        endTenure(of: index, &state)
        return true
    }

    private func canBeHalfSent(_ worker: Worker, _ state: ProtocolState) -> Bool {
        worker.transaction?.epoch == state.database.epoch && state.database.isHeld
            && !state.late.holdsLease && state.late.count < LateTransactions.countMax
    }

    /// The database's answer is lost, and the worker takes the batch for committed, consumes anew and keeps
    /// its ledger (a variant).
    func loseAnswer(_ index: Int, _ state: inout ProtocolState) -> Bool {
        let worker = state[worker: index]
        guard has(.keepsLedgerAfterUnknownCommit), worker.canAct, worker.channel == .open,
            let transaction = worker.transaction, state.late.count < LateTransactions.countMax,
            state.left.spend(\.deaths)
        else { return false }
        endTenure(of: index, &state)
        state[worker: index].epoch = worker.epoch
        state[worker: index].ledger = transaction.decidedOn + UInt8(transaction.new.count)
        state[worker: index].remembered = transaction.new
        return true
    }

    /// A worker is stopped, or gets no time; it may go on at any moment, with whatever it believes.
    func freeze(_ index: Int, _ state: inout ProtocolState) -> Bool {
        guard state[worker: index].canAct, state.left.spend(\.freezes) else { return false }
        state[worker: index].isFrozen = true
        return true
    }

    func thaw(_ index: Int, _ state: inout ProtocolState) -> Bool {
        guard state[worker: index].isFrozen else { return false }
        state[worker: index].isFrozen = false
        return true
    }

    /// The broker hears no heartbeat and ends the connection.
    func dropFrozen(_ index: Int, _ state: inout ProtocolState) -> Bool {
        guard state[worker: index].isFrozen, state[worker: index].channel == .open else {
            return false
        }
        state.queue.channelEnded(index)
        state[worker: index].channel = .cut
        state[worker: index].committed = 0
        return true
    }

    /// A batch whose worker is gone is done all the same.
    func commitLate(_ index: Int, _ state: inout ProtocolState) throws(Violation) -> Bool {
        guard let transaction = state.late[index], !state.late.holdsLease else { return false }
        state.late.remove(index)
        _ = try execute(transaction, &state)
        return true
    }

    /// A batch whose worker is gone never comes to its end.
    ///
    /// If it has run its fence, the lease's row is locked until the database ends it, by its keepalives or
    /// asked to by whoever wants the lease.
    func loseLate(_ index: Int, _ state: inout ProtocolState) -> Bool {
        guard let transaction = state.late[index] else { return false }
        if transaction.isHalfSent, has(.keepsHalfSentBatch) { return false }
        state.late.remove(index)
        return true
    }

    /// The broker is short of memory or disk, and takes nothing more from publishers.
    func raiseAlarm(_ state: inout ProtocolState) -> Bool {
        guard !state.hasAlarm, state.left.spend(\.alarms) else { return false }
        state.hasAlarm = true
        return true
    }

    func endAlarm(_ state: inout ProtocolState) -> Bool {
        guard state.hasAlarm else { return false }
        state.hasAlarm = false
        return true
    }

    func pause(_ state: inout ProtocolState) -> Bool {
        guard !state.isPaused, state.left.spend(\.pauses) else { return false }
        state.isPaused = true
        return true
    }

    func resume(_ state: inout ProtocolState) -> Bool {
        guard state.isPaused else { return false }
        state.isPaused = false
        return true
    }

    /// The event is over; nobody asks for anything, but batches may still be on their way.
    func closeEvent(_ state: inout ProtocolState) -> Bool {
        guard scenario.allowance.deletions > 0, !state.isClosed else { return false }
        state.isClosed = true
        return true
    }

    /// First step of deleting a queue: nothing new finds it.
    func unbind(_ state: inout ProtocolState) -> Bool {
        guard state.isClosed, state.isBound, !has(.deletesWithoutUnbinding),
            state.left.deletions > 0
        else { return false }
        state.isBound = false
        return true
    }

    /// The last step, once the queue is empty and nothing that had found it before is on its way: no
    /// publish takes minutes, so that is sure after some minutes of silence.
    ///
    /// Unless it is bound again: an ingress whose batch was returned does that. Then all begins anew.
    func deleteQueue(_ state: inout ProtocolState) throws(Violation) -> Bool {
        guard state.isClosed, state.hasQueue, state.queue.messageCount == 0 else { return false }
        if !has(.deletesWithoutUnbinding) {
            let isSilent = (0..<scenario.ingresses).allSatisfy {
                state[ingress: $0].stage != .routed
            }
            guard !state.isBound, isSilent else { return false }
        }
        guard state.left.spend(\.deletions) else { return false }
        state.queue = QuorumQueue()
        state.hasQueue = false
        state.isBound = false
        for index in 0..<scenario.workers where state[worker: index].channel == .open {
            state[worker: index].channel = .none
        }
        let lost = state.accepted.subtracting(state.safe)
        guard lost.isEmpty else { throw .acceptedIsLost(lost) }
        return true
    }
}
