/// What somebody said on a channel with `NOTIFY`.
public struct PostgresNotification: Hashable, Sendable {
    /// The channel it was said on.
    public let channel: String

    /// What was said; may be empty.
    public let payload: String

    /// The server process that said it.
    public let senderProcessID: Int32

    /// Puts a notification together.
    public init(channel: String, payload: String, senderProcessID: Int32) {
        self.channel = channel
        self.payload = payload
        self.senderProcessID = senderProcessID
    }
}

/// The notifications of one channel, from the moment of listening until the connection ends.
///
/// At most ``bufferedMax`` of them wait to be read; then the oldest make room. A notification is a
/// hint to look, not a record: whoever misses one, or reconnects, looks for itself.
public struct PostgresNotifications: AsyncSequence, Sendable {
    /// What the sequence yields.
    public typealias Element = PostgresNotification

    /// It ends, but does not fail.
    public typealias Failure = Never

    /// How many notifications wait to be read.
    public static let bufferedMax = 1024

    let stream: AsyncStream<PostgresNotification>

    /// Starts reading; the sequence is for one reader.
    public func makeAsyncIterator() -> AsyncStream<PostgresNotification>.Iterator {
        stream.makeAsyncIterator()
    }
}
