import AMQP
import BookingDomain
import Logging

/// Asks the broker how many messages are ready in the queues of events.
struct QueueReader: Sendable {
    private let broker: AMQPConfiguration
    private var logger: Logger

    /// A quorum queue whose leader is slow answers "no messages, no consumers"; it is asked this often.
    private static let roundsMax = 3
    private static let pause = Duration.milliseconds(400)

    init(broker: AMQPConfiguration, logger: Logger) {
        self.broker = broker
        self.logger = logger
        // That a queue is not there is an answer, and nothing to tell the operator of.
        if logger.logLevel < .warning { self.logger.logLevel = .warning }
    }

    func read(events: [EventID]) async throws(CheckError) -> [EventID: Int] {
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
    ) async throws -> [EventID: Int] {
        let names = Dictionary(
            events.map { ("booking.event.\($0)", $0) }, uniquingKeysWith: { first, _ in first })
        var counts: [EventID: Int] = [:]
        var unsure = names.keys.sorted()
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
                if let event = names[name] { counts[event] = Int(status.messageCount) }
            }
            await channel.close()
            unsure = silent
        }
        return counts
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
