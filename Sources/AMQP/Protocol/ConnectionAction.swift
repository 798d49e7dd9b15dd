/// Names a caller that waits for an answer; the shell knows who it is.
typealias Ticket = UInt64

/// What the protocol machines ask the shell to do, in order.
enum ConnectionAction: Equatable {
    /// Write a method.
    case send(OutboundMethod, on: UInt16)
    /// Write a message.
    case publish(Publication, on: UInt16)
    /// Give a request its answer.
    case answer(Ticket, Result<Reply, AMQPError>)
    /// Give a publish its outcome.
    case settle(Ticket, Result<AMQPConfirmation, AMQPError>)
    /// Hand an event to the channel's reader.
    case deliver(AMQPChannelEvent, on: UInt16)
    /// The channel is over and its number free again.
    case channelEnded(ChannelID, AMQPError)
    /// The broker began or ceased to block publishing.
    case blocked(Bool)
    /// The connection is over: nil when we asked for it.
    case ended(AMQPError?)
}
