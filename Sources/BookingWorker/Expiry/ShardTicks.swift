import BookingBroker
import BookingDomain
import BookingMessages

/// Puts a shard's ticks into its events' queues, and asks whether these were empty.
struct ShardTicks: TickSink {
    /// How long the broker may take to confirm a tick.
    private static let publishTime = Duration.seconds(2)

    let publisher: OwnerPublisher
    let consumer: ShardConsumer

    func publishTick(_ tick: Command) async throws(BrokerError) {
        let message = CommandMessage(event: tick.event, commands: [tick])
        try await publisher.publish(
            message.encoded, type: CommandMessage.type, to: tick.event, within: Self.publishTime)
    }

    func isQueueEmpty(of event: EventID) async throws(BrokerError) -> Bool {
        try await consumer.hasReceivedAll(of: event)
    }
}
