import BookingBroker
import BookingDomain
import BookingStore
import Logging
import Synchronization

/// Finds out which events' queues are to be consumed, and has the consumer consume them.
struct QueueDiscovery: Sendable {
    let worker: ShardWorker
    let consumer: ShardConsumer
    /// When the shard was taken.
    let began: ContinuousClock.Instant
    let tasks = QueueTasks()
    let parked = ParkedEvents()
    private let consumesAll = FirstTime()

    init(worker: ShardWorker, consumer: ShardConsumer, began: ContinuousClock.Instant) {
        self.worker = worker
        self.consumer = consumer
        self.began = began
    }

    /// Adds the events on sale to what is consumed, new ones at once, and takes out those that are paused.
    ///
    /// Ends by throwing only.
    func run() async throws -> Never {
        try await worker.ledgers.listen { notifications in
            // Not waited for: the broker may take seconds to answer it, and a hand-over should not.
            let prober = Task { await resolveDoubts() }
            defer { prober.cancel() }
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask {
                    while true {
                        tasks.timeHasPassed()
                        try await Task.sleep(for: WorkerLimits.discoveryInterval)
                    }
                }
                group.addTask {
                    for try await event in notifications { tasks.changed(event) }
                    throw WorkerError.notificationsEnded
                }
                group.addTask {
                    for await event in consumer.ended {
                        // An ingress may be making its queue anew.
                        worker.quarantine.take(event)
                        tasks.changed(event)
                    }
                    throw CancellationError()
                }
                group.addTask {
                    for await _ in tasks.occasions { try await settle() }
                    throw CancellationError()
                }
            }
        }
        throw CancellationError()
    }

    /// Does all tasks that are due.
    private func settle() async throws {
        while let item = tasks.next() {
            // One after the other, each to its end: see ShardConsumer. But not all of hundreds of events:
            // the shard would be nobody's for seconds when another worker waits for it.
            try Task.checkCancellation()
            try await shielded { try await heed(item) }
        }
        consumesAll.once { worker.metrics.consumesAll(after: .now - began) }
    }

    private func heed(_ item: QueueTasks.Item) async throws {
        switch item {
        case .add(let event): try await add(event)
        case .goOn(let event): try await consume(event)
        case .look(let event):
            if try await worker.ledgers.isToConsume(event) {
                return try await add(event)
            }
            guard consumer.consumes(event) else { return }
            var leaving: Set = [event]
            // Channels are opened anew once for all that are paused or closed together.
            for other in tasks.changes where consumer.consumes(other) {
                if try await !worker.ledgers.isToConsume(other) { leaving.insert(other) }
            }
            tasks.goOn(with: await consumer.remove(leaving))
        case .leave(let event): tasks.goOn(with: await consumer.remove([event]))
        case .lookAtAll:
            let (wanted, consumed) = (try await worker.ledgers.eventsToConsume(), consumer.events)
            unpark(consumed, among: wanted)
            tasks.found(wanted.filter { !consumed.contains($0) })
            tasks.goOn(with: await consumer.remove(consumed.subtracting(wanted)))
        }
    }

    /// Adds an event to what is consumed; one whose queue might hang or end that is looked into before.
    private func add(_ event: EventID) async throws {
        guard !consumer.consumes(event), parked.mayConsume(event, at: .now) else { return }
        if isDoubtful(event), !tasks.takeResolution(of: event) { return tasks.doubt(event) }
        try await consume(event)
    }

    private func consume(_ event: EventID) async throws {
        do throws(BrokerError) { try await consumer.add(event) } catch {
            if error.code == .unknown { worker.quarantine.take(event) }
            throw error
        }
    }

    /// Whether an event's queue hung the consumer before, or may be in the making.
    private func isDoubtful(_ event: EventID) -> Bool {
        worker.now().duration(since: event.madeAt) < WorkerLimits.queueMakingMax
            || worker.quarantine.contains(event)
    }

    /// Looks into the doubtful queues, some at a time, until cancelled.
    private func resolveDoubts() async {
        let probe = QueueProbe(configuration: worker.broker.named("probe"), logger: worker.logger)
        await withTaskGroup(of: Void.self) { group in
            var begun = 0
            for await event in tasks.doubts {
                if begun >= WorkerLimits.probesMax { await group.next() }
                begun += 1
                group.addTask { await resolveDoubt(about: event, by: probe) }
            }
        }
    }

    private func resolveDoubt(about event: EventID, by probe: QueueProbe) async {
        let obstacle = await probe.obstacle(for: event)
        if obstacle == nil {
            worker.quarantine.release(event)
        } else {
            // It is doubtful now however old it gets.
            worker.quarantine.take(event)
            try? await Task.sleep(for: WorkerLimits.probeInterval)
        }
        guard !Task.isCancelled else { return }
        if tasks.resolve(event, isHindered: obstacle != nil), let obstacle {
            worker.logger.warning(
                "an event's queue does not answer; its bookings wait",
                metadata: ["event": "\(event)", "problem": "\(obstacle)"])
        }
    }
}

/// Does something the first time only.
private final class FirstTime: Sendable {
    private let isOver = Atomic<Bool>(false)

    func once(_ body: () -> Void) {
        if !isOver.exchange(true, ordering: .relaxed) { body() }
    }
}
