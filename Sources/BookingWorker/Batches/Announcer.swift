import BookingBroker
import BookingMessages
import FaultPoints
import Synchronization

/// Tells the world what batches came to and acknowledges their messages, while the next batch is being
/// decided.
///
/// In order, and never more than one batch behind: what is announced has been committed, and what is
/// acknowledged has been announced. When that fails the line is closed, and all of it comes again.
final class Announcer: Sendable {
    private let line: ShardLine
    private let outcomes: OutcomePublisher
    private let metrics: WorkerMetrics
    private let underWay = Mutex<Task<Void, any Error>?>(nil)

    init(line: ShardLine, outcomes: OutcomePublisher, metrics: WorkerMetrics) {
        self.line = line
        self.outcomes = outcomes
        self.metrics = metrics
    }

    /// Begins to announce a batch once the one before is done, and throws when that failed.
    ///
    /// `deliveryTag` is the place of the batch's last message on the channel.
    func announce(_ messages: [OutcomeMessage], upTo deliveryTag: UInt64) async throws {
        try await finish()
        let next = Task { [line, outcomes, metrics] in
            do {
                let start = ContinuousClock.now
                for message in messages { try await outcomes.publish(message) }
                metrics.announced(in: .now - start)
                FaultPoint.afterPublish.pass()
                FaultPoint.beforeAcknowledge.pass()
                guard !PlantedBug.acknowledgeBeforeCommit.isOn else { return }
                try await line.acknowledge(upTo: deliveryTag)
            } catch {
                // Whoever waits for the next message must hear of it: there may never be one.
                await line.close()
                throw error
            }
        }
        underWay.withLock { $0 = next }
    }

    /// Returns once everything is announced and acknowledged; throws when that failed.
    func finish() async throws {
        let last = underWay.withLock { task in
            defer { task = nil }
            return task
        }
        try await last?.value
    }
}
