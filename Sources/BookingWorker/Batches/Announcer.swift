import BookingBroker
import FaultPoints
import Logging
import Synchronization

/// Tells the world what batches came to and acknowledges their messages, while the next batch is being
/// decided.
///
/// In order, and never more than one batch behind: what is announced has been committed. What is told is
/// news: when the broker does not take it, or not in time, it is acknowledged all the same, for the lines
/// must be emptied above all when the broker is full. Who waits finds it in the database. When the
/// acknowledgement fails the source is closed, and what is not acknowledged comes again.
final class Announcer: Sendable {
    private let source: any MessageSource
    private let outcomes: any OutcomeSink
    private let metrics: WorkerMetrics
    private let logger: Logger
    private let underWay = Mutex<Task<Void, any Error>?>(nil)
    /// Whether the last of the news was told.
    private let isHeard = Mutex(true)

    init(
        source: any MessageSource, outcomes: any OutcomeSink, metrics: WorkerMetrics, logger: Logger
    ) {
        self.source = source
        self.outcomes = outcomes
        self.metrics = metrics
        self.logger = logger
    }

    /// Begins to announce a batch once the one before is done, and throws when that failed.
    ///
    /// `marks` are the places of the batch's last messages.
    func announce(_ announcements: [Announcement], upTo marks: DeliveryMarks) async throws {
        try await finish()
        let next = Task { [self] in
            await tell(announcements)
            FaultPoint.beforeAcknowledge.pass()
            guard !PlantedBug.acknowledgeBeforeCommit.isOn else { return }
            do { try await source.acknowledge(upTo: marks) } catch {
                // Whoever waits for the next message must hear of it: there may never be one.
                await source.close()
                throw error
            }
        }
        underWay.withLock { $0 = next }
    }

    /// Returns once everything is told, as well as can be, and acknowledged; throws when the latter failed.
    func finish() async throws {
        let last = underWay.withLock { task in
            defer { task = nil }
            return task
        }
        try await last?.value
    }

    private func tell(_ announcements: [Announcement]) async {
        guard !announcements.isEmpty else { return }
        let start = ContinuousClock.now
        var letters: [DeadLetter] = []
        for (index, announcement) in announcements.enumerated() {
            switch announcement {
            case .letter(let letter): letters.append(letter)
            case .outcomes(let message):
                do throws(BrokerError) { try await outcomes.publish(message) } catch {
                    // What does not take this takes no more of it; waiting for each would take long.
                    metrics.untold(announcements.count - index + letters.count)
                    return note(error)
                }
            }
        }
        metrics.announced(in: .now - start)
        note(nil)
        FaultPoint.afterPublish.pass()
        await tell(letters)
    }

    /// Tells of letters, after all outcomes: a queue of the dead that is full hinders nobody.
    private func tell(_ letters: [DeadLetter]) async {
        for (index, letter) in letters.enumerated() {
            do throws(BrokerError) { try await outcomes.publish(letter) } catch {
                return metrics.untold(letters.count - index)
            }
        }
    }

    /// Logs that outcomes are no longer told, or are again; not each of them.
    private func note(_ error: BrokerError?) {
        let wasHeard = isHeard.withLock { isHeard in
            defer { isHeard = error == nil }
            return isHeard
        }
        if let error, wasHeard {
            logger.warning(
                "outcomes are not told; bookings are decided all the same",
                metadata: ["problem": "\(error)"])
        } else if error == nil, !wasHeard {
            logger.notice("outcomes are told again")
        }
    }
}
