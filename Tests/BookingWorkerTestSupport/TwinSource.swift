package import BookingBroker
package import BookingDomain
import BookingWorker

/// A shard's consumer of queues in memory: what `ShardConsumer` is with a broker.
package final class TwinSource: MessageSource {
    private let broker: TwinBroker
    private let number: Int
    private let occasions: AsyncStream<Void>

    init(_ broker: TwinBroker, number: Int, occasions: AsyncStream<Void>) {
        self.broker = broker
        self.number = number
        self.occasions = occasions
    }

    package var isOpen: Bool { broker.read { $0.sources[number] != nil } }

    package var events: Set<EventID> { broker.read { $0.sources[number]?.plan.events ?? [] } }

    /// Begins to consume an event's queue.
    package func add(_ event: EventID) {
        broker.change { state in
            guard var source = state.sources[number], !source.plan.consumes(event) else { return }
            let place = source.plan.place(of: event)
            var channel = source.plan.channel(at: place)
            if channel == nil {
                source.lastChannel += 1
                source.plan.opened(source.lastChannel, at: place)
                channel = source.lastChannel
            }
            guard let channel, let tag = source.plan.subscribe(to: event, on: channel) else {
                return
            }
            state.sources[number] = source
            state.queues[event, default: TwinQueue()]
                .consume(TwinQueue.Consumer(source: number, channel: channel, tag: tag))
        }
    }

    /// Stops consuming the queues of `events`; what was taken and not acknowledged comes again, as all else.
    package func remove(_ events: Set<EventID>) -> [EventID] {
        broker.change { state in
            guard let (channels, others) = state.sources[number]?.plan.stopTaking(events) else {
                return []
            }
            for channel in channels {
                state.sources[number]?.plan.closed(channel)
                broker.endChannel(channel, of: number, &state)
            }
            return others
        }
    }

    package func messagesAtHand(max: Int) throws(BrokerError) -> [QueuedMessage] {
        let messages = broker.change { state -> [QueuedMessage]? in
            guard var source = state.sources[number] else { return nil }
            var messages: [QueuedMessage] = []
            while messages.count < max, let (consumer, delivery) = source.inbox.popFirst() {
                guard let (event, channel) = source.plan.take(consumer.tag, delivery.tag) else {
                    continue
                }
                messages.append(
                    QueuedMessage(
                        event: event, body: delivery.message.body, type: delivery.message.type,
                        place: DeliveryPlace(channel: channel, tag: delivery.tag),
                        isRedelivered: delivery.message.isRedelivered))
            }
            state.sources[number] = source
            return messages
        }
        guard let messages else { throw Self.closed }
        return messages
    }

    package func next(max: Int) async throws(BrokerError) -> [QueuedMessage] {
        var messages = try messagesAtHand(max: max)
        var occasions = occasions.makeAsyncIterator()
        if messages.isEmpty {
            guard await occasions.next() != nil else { throw Self.closed }
            messages = try messagesAtHand(max: max)
        }
        return messages
    }

    package func wake() { _ = broker.read { $0.sources[number]?.tell.yield() } }

    private static let closed = BrokerError(.unavailable, "the channel is closed")

    package func acknowledge(upTo marks: DeliveryMarks) async throws(BrokerError) {
        let isOpen = broker.change { state in
            guard state.sources[number] != nil else { return false }
            for place in marks.places {
                for event in state.queues.keys {
                    state.queues[event]?.acknowledge(number, place.channel, upTo: place.tag)
                }
                state.sources[number]?.plan.acknowledged(place)
            }
            return true
        }
        guard isOpen else { throw Self.closed }
    }

    package func leave(_ event: EventID, at place: DeliveryPlace) {
        broker.change { state in state.sources[number]?.plan.halt(at: place, of: event) }
    }

    package func putBack(_ message: QueuedMessage) async throws(BrokerError) {
        broker.change { state in
            state.queues[message.event]?
                .putBack(number, message.place.channel, message.place.tag)
        }
    }

    package func close() async {
        broker.change { state in
            guard let source = state.sources.removeValue(forKey: number) else { return }
            source.tell.finish()
            for channel in 1...Swift.max(1, source.lastChannel) {
                broker.endChannel(channel, of: number, &state)
            }
        }
    }
}
