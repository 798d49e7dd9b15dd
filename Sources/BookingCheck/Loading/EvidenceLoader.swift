package import AMQP
package import BookingHistory
package import Logging
package import Postgres

/// Gathers all that a verdict rests on: the run's folder, the tables, and the broker's queues.
package struct EvidenceLoader: Sendable {
    private let folder: RunFolder
    private let tables: TableReader
    private let queues: QueueReader

    /// Names the places to read from.
    ///
    /// - Parameters:
    ///   - folder: What the run wrote.
    ///   - shards: The shard databases, in the order of their numbers.
    ///   - broker: The broker, whose queues stay as they are.
    ///   - logger: Where trouble with the broker is told.
    package init(
        folder: RunFolder, shards: [PostgresPool], broker: AMQPConfiguration, logger: Logger
    ) {
        self.folder = folder
        tables = TableReader(shards: shards)
        queues = QueueReader(broker: broker, logger: logger)
    }

    /// Reads everything once; throws when something of it cannot be had.
    @concurrent
    package func load() async throws(CheckError) -> Evidence {
        let run: RunDescription
        var history = History()
        do throws(HistoryError) {
            run = try folder.readDescription()
            try folder.history.forEach { history.add($0) }
        } catch {
            throw CheckError(.history, error.description)
        }
        let plan = try Plan(run)
        let tables = try await tables.read()
        let queues = QueueCounts(
            events: try await queues.read(events: plan.events.keys.sorted()),
            deadLetters: tables.deadLetters)
        return Evidence(plan: plan, history: history, tables: tables, queues: queues)
    }
}
