import BookingBroker
import BookingDomain
import FaultPoints

/// Takes a shard's messages and applies them in batches, each announced and acknowledged once it is committed.
struct BatchLoop: Sendable {
    let source: any MessageSource
    let announcer: Announcer
    let trials: TrialGate
    let acceptance: MessageAcceptance
    /// Whether something in the queues may have killed the owners before.
    let isCautious: Bool
    /// Hears of what went through the fence, and when it was sent.
    let kept: @Sendable (ContinuousClock.Instant) -> Void
    let expiry: ExpiryTimer
    /// Hears of events that are left alone from now on.
    let parked: @Sendable (UnknownMessage) -> Void

    /// Applies what comes, until cancelled; what is in hand then is finished.
    func run(_ applier: BatchApplier) async throws -> BatchApplier {
        var applier = applier
        while true {
            // Asked first: what was delivered before a queue was seen empty is among the messages then.
            let direct = expiry.directEvents
            let messages: [QueuedMessage]
            do throws(BrokerError) {
                let max = WorkerLimits.messagesPerTakeMax
                messages =
                    if applier.unfinished.isEmpty, direct.isEmpty {
                        try await source.next(max: max)
                    } else {
                        try source.messagesAtHand(max: max)
                    }
            } catch {
                guard Task.isCancelled else { throw error }
                return applier
            }
            let start = ContinuousClock.now
            applier = try await shielded { [applier] in
                let applied = try await apply(messages, by: applier)
                let isAll = messages.count < WorkerLimits.messagesPerTakeMax
                return try await expire(in: isAll ? direct : [], by: applied)
            }
            if Task.isCancelled { return applier }
            if applier.commandsInLastBatch >= WorkerLimits.busyBatchMin {
                // What is costly to apply gathers for longer: a batch of many events grows.
                let interval = max(WorkerLimits.busyBatchInterval, (.now - start) * 3 / 2)
                // Cut short, the wait for the next messages ends at once, too.
                try? await Task.sleep(until: start + interval, clock: .continuous)
            }
        }
    }

    /// Expires what is due in `events` and has no tick in a queue, and more of what one entry could not hold.
    func expire(in events: Set<EventID>, by applier: BatchApplier) async throws -> BatchApplier {
        var applier = applier
        let start = ContinuousClock.now
        let ticks = expiry.takeDirectTicks(of: events)
        guard !ticks.isEmpty || !applier.unfinished.isEmpty else { return applier }
        if !ticks.isEmpty { try await applier.apply(ticks) }
        if !applier.unfinished.isEmpty { try await applier.expireMore() }
        kept(start)
        try await announcer.announce(applier.takeAnnouncements(), upTo: DeliveryMarks())
        return applier
    }

    /// Finishes what has been delivered, as far as that has an end.
    ///
    /// It consumes until its channels are closed, and never cancels a consumer: see ``ShardConsumer``.
    func finish(by applier: BatchApplier) async throws {
        FaultPoint.draining.pass()
        let deadline = ContinuousClock.now + WorkerLimits.handOverMax
        var applier = applier
        while ContinuousClock.now < deadline {
            var rest = try source.messagesAtHand(max: WorkerLimits.messagesPerLastTakeMax)
            if rest.isEmpty {
                try await announcer.finish()
                rest = try source.messagesAtHand(max: WorkerLimits.messagesPerLastTakeMax)
            }
            if rest.isEmpty { return }
            applier = try await apply(rest, by: applier)
        }
        try await announcer.finish()
    }

    /// Applies messages in batches, each announced and acknowledged once it is committed.
    func apply(
        _ messages: [QueuedMessage], by applier: BatchApplier
    ) async throws -> BatchApplier {
        var applier = applier
        FaultPoint.received.pass()
        var rest = messages[...]
        if PlantedBug.nackRequeue.isOn, rest.count > 1, let first = rest.popFirst() {
            try await source.putBack(first)
        }
        if PlantedBug.acknowledgeBeforeCommit.isOn, let last = rest.last {
            try await source.acknowledge(upTo: DeliveryMarks(last.place))
        }
        while let next = rest.first {
            let unknown: UnknownMessage?
            if isCautious, next.isRedelivered {
                rest.removeFirst()
                (applier, unknown) = try await apply(suspect: next, by: applier)
            } else {
                var unsuspected = isCautious ? rest.prefix { !$0.isRedelivered } : rest
                guard let workload = Workload(readingFrom: &unsuspected, as: acceptance)
                else { break }
                rest = rest[unsuspected.startIndex...]
                let start = ContinuousClock.now
                try await applier.apply(workload)
                kept(start)
                try await announcer.announce(applier.takeAnnouncements(), upTo: workload.marks)
                unknown = workload.unknown
            }
            if let unknown { rest = leave(unknown, from: rest) }
        }
        return applier
    }

    /// Applies a message that may kill, while nothing else goes on that this process could die of.
    private func apply(
        suspect message: QueuedMessage, by applier: BatchApplier
    ) async throws -> (BatchApplier, UnknownMessage?) {
        try await trials.pass {
            try await announcer.finish()
            var applier = applier
            let unknown = try await applier.apply(suspect: message) { announcements, marks in
                try await announcer.announce(announcements, upTo: marks)
                try await announcer.finish()
            }
            return (applier, unknown)
        }
    }

    /// Leaves a message in its queue, with all that is behind it; returns what is left to do of `rest`.
    ///
    /// Acknowledging is by channel, so all that came behind it on its channel is left as well; what
    /// is of other events comes again at once, on a new channel.
    private func leave(
        _ unknown: UnknownMessage, from rest: ArraySlice<QueuedMessage>
    ) -> ArraySlice<QueuedMessage> {
        source.leave(unknown.event, at: unknown.place)
        parked(unknown)
        return rest.filter { $0.place.channel != unknown.place.channel }[...]
    }
}
