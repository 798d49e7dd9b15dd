extension PostgresConnection {
    /// What the server keeps of an identifier.
    private static let channelBytesMax = 63

    /// Listens on a channel from now on.
    ///
    /// The sequence ends when the connection does; keep the connection for as long as you read. To
    /// stop listening, leave the loop and drop the sequence.
    public func notifications(
        on channel: String
    ) async throws(PostgresError) -> PostgresNotifications {
        guard (1...Self.channelBytesMax).contains(channel.utf8.count), !channel.utf8.contains(0)
        else {
            throw .invalidStatement(
                "a channel's name has 1 to \(Self.channelBytesMax) bytes, and no NUL")
        }
        let (stream, continuation) = AsyncStream.makeStream(
            of: PostgresNotification.self,
            bufferingPolicy: .bufferingNewest(PostgresNotifications.bufferedMax))
        let subscription = Subscription(
            id: mailbox.nextNumber(), channel: channel, continuation: continuation)
        do {
            try await perform(.listen(subscription), in: nil)
        } catch {
            continuation.finish()
            throw error
        }
        let (mailbox, timeout) = (mailbox, configuration.queryTimeout)
        continuation.onTermination = { _ in
            // Nobody waits for this: if it fails, the connection does, and the listening with it.
            mailbox.submit(
                Job(
                    work: .unlisten(subscription), transaction: nil,
                    deadline: ContinuousClock.now + timeout, complete: { _ in }))
        }
        return PostgresNotifications(stream: stream)
    }
}
