package import BookingBroker
package import BookingDomain

/// The messages of a shard's events, each event's in the order of its line.
package protocol MessageSource: Sendable {
    /// Whether it can still be used, as far as is known.
    var isOpen: Bool { get }
    /// The next messages, in order; waits until there is something to tell, perhaps none.
    func next(max: Int) async throws(BrokerError) -> [QueuedMessage]
    /// Lets ``next(max:)`` return with what there is, which may be nothing.
    func wake()
    /// The messages that are here already, in order; does not wait for any.
    func messagesAtHand(max: Int) throws(BrokerError) -> [QueuedMessage]
    /// Tells the broker that everything up to `marks` is done.
    func acknowledge(upTo marks: DeliveryMarks) async throws(BrokerError)
    /// Leaves a message of `event` that was taken, and all behind it on its channel, to the queues.
    func leave(_ event: EventID, at place: DeliveryPlace)
    /// Puts a message behind younger ones; nobody should, but for tests that plant this bug.
    func putBack(_ message: QueuedMessage) async throws(BrokerError)
    /// Ends it: what is not acknowledged goes back, in order.
    func close() async
}

extension ShardConsumer: MessageSource {}
