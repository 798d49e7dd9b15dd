// Who serves the shard, and consumes its queues: `ShardWorker`, `ShardTenure`, `QueueDiscovery`, `LeaseRepository`.
extension Rules {
    /// A worker gets the lease that was given back, has run out, or whose owner's session is gone
    /// (`ClaimLease`).
    ///
    /// An owner that can act renews its lease, whatever its batches do; so only one that is frozen or gone
    /// loses it. The row must not be locked by half a batch.
    func claim(_ index: Int, _ state: inout ProtocolState) -> Bool {
        guard !state[worker: index].isFrozen, !state[worker: index].serves,
            state.queue[index] == QueueChannel(), !state.late.holdsLease
        else { return false }
        let isKept = (0..<scenario.workers).contains {
            state[worker: $0].canAct && state[worker: $0].epoch == state.database.epoch
        }
        guard !state.database.isHeld || !isKept else { return false }
        state.database.epoch += 1
        state.database.isHeld = true
        state[worker: index].epoch = state.database.epoch
        state[worker: index].recalls = !has(.neverLooksUpAtFirst)
        if scenario.hasHolds, !has(.forgetsTimersAtTakeover) { rebuildTimers(of: index, &state) }
        return true
    }

    /// The owner consumes the event's queue (`ShardConsumer.add`), always with the same prefetch: were it
    /// smaller than what came back from the last owner, order would be lost.
    func consume(_ index: Int, _ prefetch: UInt8, _ state: inout ProtocolState) -> Bool {
        let worker = state[worker: index]
        guard worker.canAct, worker.channel != .cut, !worker.isLeaving, !state.isPaused,
            state.hasQueue, state.queue[index].consumer == nil
        else { return false }
        state.queue.consume(on: index, prefetch: prefetch)
        state[worker: index].channel = .open
        return true
    }

    /// The owner has finished what it decided, closes its channel, and gives the lease back
    /// (`BatchLoop.finish`, `ShardWorker.release`).
    ///
    /// What is in its hand besides goes back in order. Should it die in between, that is like any death.
    func handOver(_ index: Int, _ state: inout ProtocolState) -> Bool {
        let worker = state[worker: index]
        guard worker.canAct, worker.transaction == nil, worker.committed == 0 else { return false }
        if has(.cancelsAtHandOver) {
            guard worker.isLeaving, state.queue[index].inHand.isEmpty else { return false }
        } else {
            guard worker.channel == .open, state.left.spend(\.handOvers) else { return false }
        }
        if state.database.epoch == worker.epoch { state.database.isHeld = false }
        endTenure(of: index, &state)
        return true
    }

    /// Before it hands over, the owner cancels its consumer and finishes what is in its hand (a variant).
    func stopConsuming(_ index: Int, _ onTheWay: Int, _ state: inout ProtocolState) -> Bool {
        guard has(.cancelsAtHandOver), !state[worker: index].isLeaving,
            cancel(index, onTheWay, in: &state, spending: \.handOvers)
        else { return false }
        state[worker: index].isLeaving = true
        return true
    }

    /// The owner of a paused event finishes what it has decided and closes the event's channel.
    ///
    /// It keeps lease and ledger. (One variant cancels the consumer and goes on with what is in its hand,
    /// another does not wait for its batch.)
    func pauseConsuming(_ index: Int, _ onTheWay: Int, _ state: inout ProtocolState) -> Bool {
        let worker = state[worker: index]
        guard state.isPaused, worker.canAct, worker.channel == .open else { return false }
        if has(.cancelsAtPause) { return cancel(index, onTheWay, in: &state) }
        guard onTheWay == 0 else { return false }
        if has(.pausesInMidBatch) {
            endTenure(of: index, &state)
            state[worker: index].epoch = worker.epoch
            state[worker: index].ledger = worker.ledger
            return true
        }
        guard worker.transaction == nil, worker.committed == 0 else { return false }
        state.queue.channelEnded(index)
        state[worker: index].channel = .none
        return true
    }

    /// `basic.cancel`, when the last `onTheWay` messages have not reached the channel: the broker gives them
    /// back, one by one.
    private func cancel(
        _ index: Int, _ onTheWay: Int, in state: inout ProtocolState,
        spending path: WritableKeyPath<Allowance, UInt8>? = nil
    ) -> Bool {
        let worker = state[worker: index]
        let taken = Int(worker.committed) + (worker.transaction?.messages.count ?? 0)
        let channel = state.queue[index]
        guard worker.canAct, channel.consumer != nil,
            onTheWay <= min(channel.unsettled.count, channel.inHand.count - taken)
        else { return false }
        if let path { guard state.left.spend(path) else { return false } }
        state.queue.cancel(on: index)
        let first = state.queue[index].left.count - onTheWay
        for _ in 0..<onTheWay { state.queue.giveBack(first, on: index) }
        return true
    }

    /// A worker finds its channel closed, or its lease lost: at the next renewal (`LeaseKeeper`) or batch.
    func noticeLoss(_ index: Int, _ state: inout ProtocolState) -> Bool {
        let worker = state[worker: index]
        guard worker.canAct else { return false }
        let hasLease = state.database.isHeld && state.database.epoch == worker.epoch
        guard worker.channel == .cut || !hasLease else { return false }
        endTenure(of: index, &state)
        return true
    }

    /// The worker serves no more; the queue has back what was in its hand, the database may still do what
    /// was on its way.
    func endTenure(of index: Int, _ state: inout ProtocolState) {
        let worker = state[worker: index]
        if let transaction = worker.transaction, state.late.count < LateTransactions.countMax {
            state.late.add(transaction)
        }
        if worker.channel == .open { state.queue.channelEnded(index) }
        if worker.tick.stage == .departed { state.lateTick = worker.tick.time }
        state[worker: index] = Worker()
        state[worker: index].isFrozen = worker.isFrozen
    }
}
