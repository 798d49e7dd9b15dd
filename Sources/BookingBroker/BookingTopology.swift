import AMQP
package import BookingDomain
import FaultPoints

/// The exchanges and queues of Boxoffice, and how each is declared.
///
/// Declaring again changes nothing.
///
///     booking.commands (direct) ── <event id> ──▶ booking.event.<event id>
///     booking.outcomes (fanout) ────────────────▶ one queue for each ingress instance
///     booking.dead     (fanout) ────────────────▶ booking.dead
package enum BookingTopology {
    package static let commands = "booking.commands"
    package static let outcomes = "booking.outcomes"
    package static let dead = "booking.dead"

    /// The most bytes of commands that wait for one event; beyond it publishing is refused.
    static let eventQueueBytesMax = 256 * 1024 * 1024
    /// The most bytes of dead letters; beyond it they stay where they came from.
    static let deadQueueBytesMax = 256 * 1024 * 1024
    /// The most bytes of outcomes that wait for one instance; beyond it the oldest go, and the
    /// instance finds them in the database.
    static let outcomeQueueBytesMax = 64 * 1024 * 1024

    /// What the name of every event's queue begins with; the event's id follows.
    private static let eventQueuePrefix = "booking.event."

    /// The queue that holds an event's line.
    package static func queue(of event: EventID) -> String { "\(eventQueuePrefix)\(event)" }

    /// The event whose line a queue holds; `nil` when it holds none.
    package static func event(ofQueue name: String) -> EventID? {
        guard name.hasPrefix(eventQueuePrefix) else { return nil }
        return EventID(String(name.dropFirst(eventQueuePrefix.count)))
    }

    /// What programs declare before they use it: each its own, since declaring needs a right.
    enum Part: CaseIterable {
        /// The exchange for commands.
        case commands
        /// The exchange for outcomes.
        case outcomes
        /// The exchange and the queue of the dead.
        case dead
    }

    /// Declares some parts.
    static func declare(_ parts: [Part], on channel: AMQPChannel) async throws(AMQPError) {
        for part in parts {
            switch part {
            case .commands:
                try await channel.declareExchange(commands, kind: .direct, durable: true)
            case .outcomes:
                try await channel.declareExchange(outcomes, kind: .fanout, durable: true)
            case .dead: try await declareDead(on: channel)
            }
        }
    }

    private static func declareDead(on channel: AMQPChannel) async throws(AMQPError) {
        try await channel.declareExchange(dead, kind: .fanout, durable: true)
        _ = try await channel.declareQueue(
            AMQPQueueDeclaration(
                name: dead, durable: true,
                arguments: [
                    "x-queue-type": .string("quorum"),
                    "x-max-length-bytes": .int(Int64(deadQueueBytesMax)),
                    "x-overflow": .string("reject-publish"),
                ]))
        try await channel.bindQueue(dead, to: dead, routingKey: "")
    }

    /// Declares an event's queue and binds it.
    @discardableResult
    static func declareQueue(
        of event: EventID, on channel: AMQPChannel
    ) async throws(AMQPError) -> AMQPQueueStatus {
        let status = try await channel.declareQueue(declaration(of: event))
        try await channel.bindQueue(
            queue(of: event), to: commands, routingKey: event.description)
        return status
    }

    /// The same without an answer: should it fail, the channel is closed.
    ///
    /// As a rule the queue is there already, and then the broker need not ask how much is in it.
    static func sendQueueDeclaration(
        of event: EventID, on channel: AMQPChannel
    ) throws(AMQPError) {
        try channel.sendQueueDeclaration(declaration(of: event))
        try channel.sendQueueBinding(queue(of: event), to: commands, routingKey: event.description)
    }

    /// An event's queue, whose messages the broker does not bury: a worker finds out which one kills workers.
    ///
    /// A limit of deliveries counts each death of a worker for every message it has prefetched (RabbitMQ 4
    /// has one by default: a policy must lift it). And where dead letters are kept until they have
    /// arrived (the strategy "at-least-once"), each queue has a process for that; when some of these die at
    /// once the node makes no queues any more (rabbitmq/rabbitmq-server#16652).
    private static func declaration(of event: EventID) -> AMQPQueueDeclaration {
        AMQPQueueDeclaration(
            name: queue(of: event), durable: true,
            arguments: [
                "x-queue-type": .string("quorum"),
                "x-single-active-consumer": .bool(!PlantedBug.twoConsumers.isOn),
                "x-max-length-bytes": .int(Int64(eventQueueBytesMax)),
                "x-overflow": .string("reject-publish"),
            ])
    }

    /// Declares a queue of this connection's own for outcomes, and returns its name.
    static func declareOutcomeQueue(on channel: AMQPChannel) async throws(AMQPError) -> String {
        let queue = try await channel.declareQueue(
            AMQPQueueDeclaration(
                name: "", durable: false, exclusive: true, autoDelete: true,
                arguments: [
                    "x-max-length-bytes": .int(Int64(outcomeQueueBytesMax)),
                    "x-overflow": .string("drop-head"),
                ]))
        try await channel.bindQueue(queue.name, to: outcomes, routingKey: "")
        return queue.name
    }
}
