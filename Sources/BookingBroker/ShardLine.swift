package import AMQP
package import BookingDomain
import Synchronization

/// A message as it stands in an event's line.
package struct QueuedMessage: Sendable {
    package let event: EventID
    package let body: [UInt8]
    package let type: String?
    /// Its place on the channel, for the acknowledgement.
    package let deliveryTag: UInt64
    /// Whether it was delivered before, perhaps to a worker that died.
    package let isRedelivered: Bool
}

/// The queues of a shard's events, consumed together, in order, on one channel.
///
/// One request at a time: the broker's answers to consuming and cancelling may overtake others.
///
/// What was taken and not acknowledged when the channel closes goes back to the head of its queue.
package final class ShardLine: Sendable {
    /// The most messages of one event taken from the broker before they are acknowledged.
    package static let prefetch: UInt16 = 32

    private let channel: AMQPChannel
    private let state = Mutex(State())

    private struct State {
        /// The event whose queue a consumer tag reads, or has read.
        var events: [String: EventID] = [:]
        private static let numberWidth = 9
        /// The tags in use.
        var tags: [EventID: String] = [:]

        /// A fresh tag to consume `event` with; `nil` when it is being consumed already.
        mutating func subscribe(to event: EventID) -> String? {
            guard tags[event] == nil else { return nil }
            // Of one width: should the broker take back messages of several tags, their order counts.
            let number = String(events.count)
            let zeros = String(repeating: "0", count: max(0, Self.numberWidth - number.count))
            let tag = "\(event).\(zeros)\(number)"
            events[tag] = event
            tags[event] = tag
            return tag
        }

        /// The tag to cancel; `nil` when the event is not being consumed.
        mutating func unsubscribe(from event: EventID) -> String? {
            tags.removeValue(forKey: event)
        }

        /// The broker has ended a consumer.
        mutating func ended(_ tag: String) {
            if let event = events[tag], tags[event] == tag { tags[event] = nil }
        }
    }

    /// Opens the line on a channel of its own.
    package init(on connection: AMQPConnection) async throws(BrokerError) {
        do throws(AMQPError) {
            channel = try await connection.openChannel()
            try await BookingTopology.declare(on: channel)
            try await channel.setPrefetch(Self.prefetch)
        } catch { throw BrokerError(error) }
    }

    /// Begins to consume an event's queue, which is declared if need be.
    ///
    /// Does nothing when it is being consumed already.
    package func add(_ event: EventID) async throws(BrokerError) {
        guard let tag = state.withLock({ $0.subscribe(to: event) }) else { return }
        do throws(AMQPError) {
            try BookingTopology.sendQueueDeclaration(of: event, on: channel)
            _ = try await channel.consume(BookingTopology.queue(of: event), tag: tag)
        } catch { throw BrokerError(error) }
    }

    /// Stops consuming an event's queue; what has been delivered of it still comes.
    ///
    /// What is on its way goes back into the queue, before what is in hand: should the channel close
    /// before that is acknowledged, the order is lost. Does nothing when it is not being consumed.
    package func remove(_ event: EventID) async throws(BrokerError) {
        guard let tag = state.withLock({ $0.unsubscribe(from: event) }) else { return }
        do throws(AMQPError) { try await channel.cancelConsumer(tag) } catch {
            throw BrokerError(error)
        }
    }

    /// Whether an event's queue is being consumed.
    package func consumes(_ event: EventID) -> Bool { state.withLock { $0.tags[event] != nil } }

    /// The events being consumed.
    package var events: Set<EventID> { state.withLock { Set($0.tags.keys) } }

    /// The next messages, in order; waits until there is at least one.
    package func next(max: Int) async throws(BrokerError) -> [QueuedMessage] {
        do throws(AMQPError) { return messages(in: try await channel.nextEvents(max: max)) } catch {
            throw BrokerError(error)
        }
    }

    /// The messages that are here already, in order; does not wait for any.
    package func messagesAtHand(max: Int) throws(BrokerError) -> [QueuedMessage] {
        do throws(AMQPError) { return messages(in: try channel.eventsAtHand(max: max)) } catch {
            throw BrokerError(error)
        }
    }

    private func messages(in events: [AMQPChannelEvent]) -> [QueuedMessage] {
        events.compactMap { event in
            switch event {
            case .delivery(let delivery):
                return state.withLock { $0.events[delivery.consumerTag] }.map { event in
                    QueuedMessage(
                        event: event, body: delivery.body, type: delivery.properties.type,
                        deliveryTag: delivery.deliveryTag, isRedelivered: delivery.isRedelivered)
                }
            case .consumerCancelled(let tag):
                // The queue is gone; discovery makes it again while the event is on sale.
                state.withLock { $0.ended(tag) }
                return nil
            }
        }
    }

    /// Tells the broker that everything up to `deliveryTag` is done.
    package func acknowledge(upTo deliveryTag: UInt64) async throws(BrokerError) {
        do throws(AMQPError) {
            try await channel.acknowledge(upTo: deliveryTag, multiple: true)
        } catch { throw BrokerError(error) }
    }

    /// Whether it can still be used, as far as is known.
    package var isOpen: Bool { channel.isOpen }

    /// Puts a message behind younger ones; nobody should, but for tests that plant this bug.
    package func putBack(_ message: QueuedMessage) async throws(BrokerError) {
        do throws(AMQPError) {
            try await channel.reject(message.deliveryTag, requeue: true)
        } catch { throw BrokerError(error) }
    }

    package func close() async { await channel.close() }
}
