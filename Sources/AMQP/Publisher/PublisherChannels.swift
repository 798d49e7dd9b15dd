/// The confirming channels of one connection that a publisher shares its messages out to.
struct PublisherChannels: Sendable {
    /// At least one.
    private let channels: [AMQPChannel]

    /// Opens `count` of them.
    init(_ count: Int, on connection: AMQPConnection) async throws(AMQPError) {
        var channels: [AMQPChannel] = []
        repeat {
            channels.append(try await connection.openConfirmingChannel())
        } while channels.count < count
        self.channels = channels
    }

    var connection: AMQPConnection { channels[0].connection }

    /// Why one of them is over, if one is.
    var error: AMQPError? { channels.lazy.compactMap(\.mailbox.error).first }

    /// The one channel for all messages of a routing key.
    subscript(routingKey: String) -> AMQPChannel {
        channels[Int(routingKey.hashValue.magnitude % channels.count.magnitude)]
    }

    /// Waits until one of them is over, and returns why; `cancelled` when the task was cancelled.
    func waitUntilOneClosed() async -> AMQPError {
        await withTaskGroup { group in
            for channel in channels { group.addTask { await channel.waitUntilClosed() } }
            defer { group.cancelAll() }
            return await group.next() ?? .cancelled
        }
    }
}

extension AMQPConnection {
    /// Opens a channel with confirms.
    func openConfirmingChannel() async throws(AMQPError) -> AMQPChannel {
        let channel = try await openChannel()
        try await channel.enablePublisherConfirms()
        return channel
    }
}
