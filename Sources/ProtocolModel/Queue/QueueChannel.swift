/// What a channel has to do with a queue: its consumer, and the messages in its hand.
package struct QueueChannel: Hashable, Sendable {
    package enum Consumer: UInt8, Sendable {
        case waiting
        /// It gets the messages.
        case active
    }

    package var consumer: Consumer?
    /// How many messages the consumer may have that it has not settled.
    package var prefetch: UInt8 = 0
    /// What its cancelled consumers were given and the channel has not settled.
    package var left = MessageList()
    /// What its consumer was given and has not settled, in order; the last ones may still be on their way.
    package var unsettled = MessageList()

    package init() {}

    /// Everything in its hand, in the order of delivery.
    package var inHand: MessageList {
        var all = left
        all.append(contentsOf: unsettled)
        return all
    }
}
