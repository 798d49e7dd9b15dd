import BookingBroker
import BookingMessages
import FaultPoints
import Synchronization

/// Tells the world what batches came to and acknowledges their messages, while the next batch is being
/// decided.
///
/// In order, and never more than one batch behind: what is announced has been committed, and what is
/// acknowledged has been announced. When that fails the consumer is closed, and all of it comes again.
final class Announcer: Sendable {
    private let consumer: ShardConsumer
    private let outcomes: OutcomePublisher
    private let metrics: WorkerMetrics
    private let underWay = Mutex<Task<Void, any Error>?>(nil)

    init(consumer: ShardConsumer, outcomes: OutcomePublisher, metrics: WorkerMetrics) {
        self.consumer = consumer
        self.outcomes = outcomes
        self.metrics = metrics
    }

    /// Begins to announce a batch once the one before is done, and throws when that failed.
    ///
    /// `marks` are the places of the batch's last messages.
    func announce(_ messages: [OutcomeMessage], upTo marks: DeliveryMarks) async throws {
        try await finish()
        let next = Task { [consumer, outcomes, metrics] in
            do {
                let start = ContinuousClock.now
                for message in messages { try await outcomes.publish(message) }
                metrics.announced(in: .now - start)
                FaultPoint.afterPublish.pass()
                FaultPoint.beforeAcknowledge.pass()
                guard !PlantedBug.acknowledgeBeforeCommit.isOn else { return }
                try await consumer.acknowledge(upTo: marks)
            } catch {
                // Whoever waits for the next message must hear of it: there may never be one.
                await consumer.close()
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
