package import BookingBroker
package import BookingDomain

/// Puts ticks into events' queues, and tells whether these are empty.
package protocol TickSink: Sendable {
    /// Returns once the broker has the tick in the event's queue.
    func publishTick(_ tick: Command) async throws(BrokerError)
    /// Whether nothing is in the event's queue that was not delivered to its consumer.
    func isQueueEmpty(of event: EventID) async throws(BrokerError) -> Bool
}
