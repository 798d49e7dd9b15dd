import AMQP
import BookingDomain
import Logging

/// Asks the broker how many messages are ready in the queues, and reads the dead letters.
struct QueueReader: Sendable {
    private let broker: AMQPConfiguration
    private var logger: Logger

    /// A quorum queue whose leader is slow answers "no messages, no consumers"; it is asked this often.
    private static let roundsMax = 3
    private static let pause = Duration.milliseconds(400)
    private static let deadLetters = "booking.dead"
    private static let lettersMax = 10_000
    private static let lettersTime = Duration.seconds(10)

    init(broker: AMQPConfiguration, logger: Logger) {
        self.broker = broker
        self.logger = logger
        // That a queue is not there is an answer, and nothing to tell the operator of.
        if logger.logLevel < .warning { self.logger.logLevel = .warning }
    }

    func read(events: [EventID]) async throws(CheckError) -> QueueCounts {
        do {
            return try await AMQPConnection.with(broker, logger: logger) {
                try await count(events, on: $0)
            }
        } catch {
            throw CheckError(.broker, "\(error)")
        }
    }

    private func count(
        _ events: [EventID], on connection: AMQPConnection
    ) async throws -> QueueCounts {
        let names = Dictionary(
            events.map { ("booking.event.\($0)", $0) }, uniquingKeysWith: { first, _ in first })
        var counts = QueueCounts(events: [:], deadLetters: 0)
        var unsure = names.keys.sorted() + [Self.deadLetters]
        for round in 1...Self.roundsMax where !unsure.isEmpty {
            if round > 1 { try await Task.sleep(for: Self.pause) }
            var channel = try await connection.openChannel()
            var silent: [String] = []
            for name in unsure {
                guard let status = try await status(of: name, on: channel) else {
                    // There is no such queue; the broker has closed the channel over it.
                    channel = try await connection.openChannel()
                    continue
                }
                if status.messageCount == 0, status.consumerCount == 0 { silent.append(name) }
                if let event = names[name] {
                    counts.events[event] = Int(status.messageCount)
                } else {
                    counts.deadLetters = Int(status.messageCount)
                }
            }
            await channel.close()
            unsure = silent
        }
        counts.deadLetters = try await distinctLetters(of: counts.deadLetters, on: connection)
        return counts
    }

    /// How many of the dead letters differ; all of them stay in their queue.
    private func distinctLetters(
        of count: Int, on connection: AMQPConnection
    ) async throws -> Int {
        guard count > 0 else { return 0 }
        guard count <= Self.lettersMax else { return count }
        let channel = try await connection.openChannel()
        try await channel.setPrefetch(UInt16(count))
        _ = try await channel.consume(Self.deadLetters)
        let distinct = try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask {
                var (letters, read): (Set<[UInt8]>, Int) = ([], 0)
                while read < count {
                    for case .delivery(let letter) in try await channel.nextEvents(max: count) {
                        letters.insert(letter.body)
                        read += 1
                    }
                }
                return letters.count
            }
            group.addTask {
                try await Task.sleep(for: Self.lettersTime)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        // What was not acknowledged goes back.
        await channel.close()
        guard let distinct else {
            throw CheckError(.broker, "the dead letters did not come")
        }
        return distinct
    }

    /// `nil` when there is no such queue.
    private func status(
        of queue: String, on channel: AMQPChannel
    ) async throws(AMQPError) -> AMQPQueueStatus? {
        do throws(AMQPError) {
            return try await channel.declareQueue(
                AMQPQueueDeclaration(name: queue, passive: true))
        } catch {
            guard error.code == .channelClosed, error.replyCode == Self.notFound else {
                throw error
            }
            return nil
        }
    }

    /// AMQP's reply code for what is not there.
    private static let notFound: UInt16 = 404
}
