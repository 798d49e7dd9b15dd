import BookingBroker
package import BookingDomain
import BookingMessages
import Synchronization

/// A broker in memory: the queues of events, and those that consume them.
package final class TwinBroker: Sendable {
    struct State: Sendable {
        var queues: [EventID: TwinQueue] = [:]
        var sources: [Int: TwinSourceState] = [:]
        var lastSource = 0
    }

    /// What one source of messages has, in the broker and on its way.
    struct TwinSourceState: Sendable {
        var plan = ConsumptionPlan(places: ShardConsumer.channelsMax)
        var tags: [Int: UInt64] = [:]
        var lastChannel = 0
        var inbox: ArraySlice<(consumer: TwinQueue.Consumer, delivery: TwinQueue.InHand)> = []
        let tell: AsyncStream<Void>.Continuation
    }

    /// Whether what a channel had in hand comes back behind what waits.
    private let isDisorderly: Bool
    private let prefetch: Int
    private let state = Mutex(State())

    package init(prefetch: UInt16 = ShardConsumer.prefetch, isDisorderly: Bool = false) {
        self.prefetch = Int(prefetch)
        self.isDisorderly = isDisorderly
    }

    /// Puts a message into an event's queue.
    package func publish(
        _ body: [UInt8], type: String? = CommandMessage.type, to event: EventID
    ) {
        change { state in
            state.queues[event, default: TwinQueue()]
                .publish(TwinQueue.Stored(body: body, type: type))
        }
    }

    package func publish(_ commands: [Command], to event: EventID) {
        publish(CommandMessage(event: event, commands: commands).encoded, to: event)
    }

    /// How many messages of an event wait and are in nobody's hands.
    package func waiting(for event: EventID) -> Int {
        state.withLock { $0.queues[event].map { $0.ready.count + $0.returned.count } ?? 0 }
    }

    /// Whether a queue still has messages, in anybody's hands or not.
    package var isEmpty: Bool {
        state.withLock {
            $0.queues.values.allSatisfy {
                $0.ready.isEmpty && $0.returned.isEmpty && $0.inHand.isEmpty
            }
        }
    }

    /// Begins to consume, no queue as yet.
    package func source() -> TwinSource {
        let (occasions, tell) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.lastSource += 1
            state.sources[state.lastSource] = TwinSourceState(tell: tell)
            return state.lastSource
        }
        return TwinSource(self, number: number, occasions: occasions)
    }

    func read<Value: Sendable>(_ body: (State) -> Value) -> Value { state.withLock { body($0) } }

    /// Changes something, and hands out what may be handed out then.
    @discardableResult
    func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        state.withLock { state in
            let value = body(&state)
            for event in state.queues.keys.sorted() { state.deliver(event, prefetch) }
            return value
        }
    }

    func endChannel(_ number: Int, of source: Int, _ state: inout State) {
        for event in state.queues.keys {
            state.queues[event]?.channelEnded(source, number, isDisorderly: isDisorderly)
        }
        state.sources[source]?.inbox.removeAll { $0.consumer.channel == number }
    }
}

extension TwinBroker.State {
    fileprivate mutating func deliver(_ event: EventID, _ prefetch: Int) {
        while true {
            var sources = sources
            let delivery = queues[event]?
                .deliver(prefetch: prefetch) { consumer in
                    let tag = (sources[consumer.source]?.tags[consumer.channel] ?? 0) + 1
                    sources[consumer.source]?.tags[consumer.channel] = tag
                    return tag
                }
            guard let delivery else { return }
            sources[delivery.consumer.source]?.inbox.append((delivery.consumer, delivery))
            self.sources = sources
            sources[delivery.consumer.source]?.tell.yield()
        }
    }
}
