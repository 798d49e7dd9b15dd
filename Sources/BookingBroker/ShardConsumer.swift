package import AMQP
package import BookingDomain
import Synchronization

/// The queues of a shard's events, consumed together, each in order.
///
/// The events are spread over a few channels of one connection. No consumer is ever cancelled: the broker
/// puts what is on its way to a cancelled one at the tail of its queue, behind younger messages. What a
/// channel has not acknowledged when it closes goes back to the head of its queues, in order. So
/// an event is taken off by closing its channel and consuming the other events of it on a new one.
///
/// Adding and removing: one call at a time, since the broker's answers may overtake others.
package final class ShardConsumer: Sendable {
    /// The most messages of one event taken from the broker before they are acknowledged.
    ///
    /// Part of the protocol: **it never shrinks**, from one version to the next either. A quorum queue hands
    /// out what came back first, oldest first; what then comes back once more stands behind all that came
    /// back before. So the next consumer must be able to take all that the last one had in hand.
    package static let prefetch: UInt16 = 32
    /// The most channels over which a shard's events are spread.
    ///
    /// With more, fewer events wait while a channel is opened anew for one of them; with fewer, a batch of many
    /// events takes fewer acknowledgements.
    package static let channelsMax = 8
    /// How long what was taken from a channel may take to be acknowledged before it is closed all the same.
    private static let settlingMax = Duration.seconds(2)

    /// The events whose queues were deleted while they were consumed.
    package let ended: AsyncStream<EventID>

    private let tellEnded: AsyncStream<EventID>.Continuation
    private let connection: AMQPConnection
    private let inbox = AMQPInbox()
    private let state = Mutex(State())

    private struct State {
        var plan = ConsumptionPlan(places: channelsMax)
        var channels: [Int: AMQPChannel] = [:]
        var lastChannel = 0
        var isClosed = false
        /// Ends when the channel is settled that somebody waits for.
        var settling: (channel: Int, end: AsyncStream<Never>.Continuation)?

        /// Tells whoever waits for a channel, if it is settled.
        func endSettling() {
            if let settling, plan.isSettled(settling.channel) { settling.end.finish() }
        }
    }

    /// Begins without any event.
    package init(on connection: AMQPConnection) async throws(BrokerError) {
        self.connection = connection
        (ended, tellEnded) = AsyncStream.makeStream()
        do throws(AMQPError) {
            let channel = try await connection.openChannel()
            try await BookingTopology.declare([.commands], on: channel)
            await channel.close()
        } catch { throw BrokerError(error) }
    }

    /// Begins to consume an event's queue, which is declared if need be.
    ///
    /// Does nothing when it is being consumed already.
    package func add(_ event: EventID) async throws(BrokerError) {
        guard !consumes(event) else { return }
        do throws(AMQPError) {
            let (number, channel) = try await channel(for: event)
            guard let tag = state.withLock({ $0.plan.subscribe(to: event, on: number) }) else {
                return
            }
            try BookingTopology.sendQueueDeclaration(of: event, on: channel)
            _ = try await channel.consume(BookingTopology.queue(of: event), tag: tag)
        } catch { throw BrokerError(error) }
    }

    /// The channel on which an event is to be consumed; opened if need be.
    private func channel(for event: EventID) async throws(AMQPError) -> (Int, AMQPChannel) {
        let (place, open) = state.withLock { state in
            let place = state.plan.place(of: event)
            let number = state.plan.channel(at: place)
            return (place, number.flatMap { number in state.channels[number].map { (number, $0) } })
        }
        if let open { return open }
        let channel = try await connection.openChannel(sharing: inbox)
        try await channel.setPrefetch(Self.prefetch)
        let number: Int? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.lastChannel += 1
            state.channels[state.lastChannel] = channel
            state.plan.opened(state.lastChannel, at: place)
            return state.lastChannel
        }
        guard let number else {
            await channel.close()
            throw AMQPError(.channelClosed, "The shard is not consumed any more.")
        }
        return (number, channel)
    }

    /// Stops consuming the queues of `events`: what was taken is waited for, all else goes back in order.
    ///
    /// Returns the other events that were consumed on their channels; they are to be added again.
    package func remove(_ events: Set<EventID>) async -> [EventID] {
        let (channels, others) = state.withLock { $0.plan.stopTaking(events) }
        for number in channels {
            // Should it take too long, what is in hand comes again when it has been decided, and is known.
            await waitUntilSettled(number)
            let channel = state.withLock { state in
                state.plan.closed(number)
                return state.channels.removeValue(forKey: number)
            }
            await channel?.close()
        }
        return others
    }

    /// Leaves a message of `event` that was taken, and all behind it on its channel, to the queues: nobody
    /// here can read it.
    ///
    /// Nothing more is taken from the channel, and the event must be removed then, which closes it.
    package func leave(_ event: EventID, at place: DeliveryPlace) {
        state.withLock { state in
            state.plan.halt(at: place, of: event)
            state.endSettling()
        }
    }

    private func waitUntilSettled(_ channel: Int) async {
        let (settling, end) = AsyncStream.makeStream(of: Never.self)
        let isSettled = state.withLock { state in
            guard !state.isClosed, !state.plan.isSettled(channel) else { return true }
            state.settling = (channel, end)
            return false
        }
        guard !isSettled else { return }
        await withTaskGroup { group in
            group.addTask {
                try? await Task.sleep(for: Self.settlingMax)
                end.finish()
            }
            for await _ in settling {}
            group.cancelAll()
        }
        state.withLock { $0.settling = nil }
    }

    /// Whether all that was in an event's queue when this was asked has reached this consumer.
    ///
    /// RabbitMQ counts only what is ready, not what was sent to a consumer and is not acknowledged, and not at
    /// once: what was sent may still be on its way. So the event's channel is asked something, too, whose answer
    /// comes behind what was sent before. After a `true` nothing of then is in the queue but what has been
    /// taken or is at hand (``messagesAtHand(max:)``): whoever asks whether the queue *was empty* must look at
    /// those. (In a cluster, while the queue's leader is on another node than this connection, the answer
    /// may overtake what was sent.)
    ///
    /// - Throws: `unknown` when the queue's leader did not answer in time, `unavailable` when the event is not
    ///   consumed here.
    package func hasReceivedAll(of event: EventID) async throws(BrokerError) -> Bool {
        let consuming = state.withLock { state in
            state.plan.channel(consuming: event).flatMap { state.channels[$0] }
        }
        guard let consuming else { throw BrokerError(.unavailable, "the event is not consumed") }
        do throws(AMQPError) {
            // Without the queue the channel that asks is closed.
            let asking = try await connection.openChannel()
            let answer: Result<AMQPQueueStatus, AMQPError>
            do throws(AMQPError) {
                answer = .success(
                    try await asking.declareQueue(
                        AMQPQueueDeclaration(
                            name: BookingTopology.queue(of: event), passive: true)))
            } catch { answer = .failure(error) }
            await asking.close()
            let status = try answer.get()
            guard status.messageCount == 0 else { return false }
            guard status.consumerCount > 0 else {
                throw AMQPError(.timeout, "The queue's leader does not answer.")
            }
            try await consuming.setPrefetch(Self.prefetch)
            return true
        } catch { throw BrokerError(error) }
    }

    /// Whether an event's queue is being consumed.
    package func consumes(_ event: EventID) -> Bool { state.withLock { $0.plan.consumes(event) } }

    /// The events being consumed.
    package var events: Set<EventID> { state.withLock { $0.plan.events } }

    /// The next messages, in order; waits until there is something to tell, perhaps none.
    package func next(max: Int) async throws(BrokerError) -> [QueuedMessage] {
        do throws(AMQPError) { return messages(in: try await inbox.next(max: max)) } catch {
            throw BrokerError(error)
        }
    }

    /// Lets ``next(max:)`` return with what there is, which may be nothing.
    package func wake() { inbox.wake() }

    /// The messages that are here already, in order; does not wait for any.
    package func messagesAtHand(max: Int) throws(BrokerError) -> [QueuedMessage] {
        do throws(AMQPError) { return messages(in: try inbox.atHand(max: max)) } catch {
            throw BrokerError(error)
        }
    }

    private func messages(in events: [AMQPChannelEvent]) -> [QueuedMessage] {
        // Under one lock: of a channel that takes no more nothing younger may be taken than what is left.
        state.withLock { state in
            events.compactMap { event in
                switch event {
                case .delivery(let delivery):
                    return state.plan.take(delivery.consumerTag, delivery.deliveryTag)
                        .map { event, channel in
                            QueuedMessage(
                                event: event, body: delivery.body, type: delivery.properties.type,
                                code: CommandCode.code(in: delivery.properties.headers),
                                place: DeliveryPlace(channel: channel, tag: delivery.deliveryTag),
                                isRedelivered: delivery.isRedelivered)
                        }
                case .consumerCancelled(let tag):
                    // The queue is gone.
                    if let event = state.plan.ended(tag) { tellEnded.yield(event) }
                    return nil
                }
            }
        }
    }

    /// Tells the broker that everything up to `marks` is done.
    ///
    /// What came on a channel that is closed by now comes again.
    package func acknowledge(upTo marks: DeliveryMarks) async throws(BrokerError) {
        for place in marks.places {
            guard let channel = state.withLock({ $0.channels[place.channel] }) else { continue }
            do throws(AMQPError) {
                try await channel.acknowledge(upTo: place.tag, multiple: true)
            } catch {
                guard state.withLock({ $0.channels[place.channel] != nil }) else { continue }
                throw BrokerError(error)
            }
            state.withLock { state in
                state.plan.acknowledged(place)
                state.endSettling()
            }
        }
    }

    /// Whether it can still be used, as far as is known.
    package var isOpen: Bool {
        connection.isOpen
            && state.withLock { !$0.isClosed && $0.channels.values.allSatisfy(\.isOpen) }
    }

    /// Puts a message behind younger ones; nobody should, but for tests that plant this bug.
    package func putBack(_ message: QueuedMessage) async throws(BrokerError) {
        let channel = state.withLock { $0.channels[message.place.channel] }
        do throws(AMQPError) {
            try await channel?.reject(message.place.tag, requeue: true)
        } catch { throw BrokerError(error) }
    }

    /// Closes all its channels: what is not acknowledged goes back, in order.
    package func close() async {
        let channels = state.withLock { state in
            state.isClosed = true
            state.settling?.end.finish()
            return Array(state.channels.values)
        }
        inbox.close()
        for channel in channels { await channel.close() }
    }
}
