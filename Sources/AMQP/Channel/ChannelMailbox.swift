/// What the connection's thread tells of one channel: its events, by way of an inbox, and its end.
final class ChannelMailbox: Sendable {
    /// Where its events go.
    let inbox: AMQPInbox
    /// Whether other channels' events go there, too.
    private let isShared: Bool
    /// Set when the channel is over.
    let ended = Latch<AMQPError>()

    /// Events go to `inbox`, or to one of its own.
    init(sharing inbox: AMQPInbox? = nil) {
        self.inbox = inbox ?? AMQPInbox()
        isShared = inbox != nil
    }

    /// Why the channel is over, nil while it is not.
    var error: AMQPError? { ended.value }

    /// The channel is over; that is the end of its inbox, too, unless we closed it among others.
    func end(_ error: AMQPError) {
        ended.set(error)
        if !isShared || error != .channelClosedByUs { inbox.end(error) }
    }
}
