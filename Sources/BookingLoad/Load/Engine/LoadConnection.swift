import NIOCore

/// One connection of a run: its conversation, and the channel it is held over, if there is one.
final class LoadConnection {
    let number: Int
    var conversation: Conversation
    /// Whether it stands in the queue of those with nothing to do.
    var isQueued = false
    /// Whether the first attempt to connect is over, well or not.
    var isSettled = false
    private var channel: (any Channel)?
    private var handler: AnswerHandler?

    init(number: Int, rules: Conversation.Rules) {
        self.number = number
        conversation = Conversation(rules)
    }

    func attach(_ channel: any Channel, _ handler: AnswerHandler) {
        self.channel = channel
        self.handler = handler
    }

    func send(_ request: ByteBuffer, for resource: LoadResource) {
        handler?.send(request, for: resource)
    }

    /// Lets go of the channel and hears no more of it.
    func drop() {
        handler?.listener = nil
        channel?.close(promise: nil)
        handler = nil
        channel = nil
    }
}
