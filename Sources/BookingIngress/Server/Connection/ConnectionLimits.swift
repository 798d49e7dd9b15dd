import NIOCore

/// How long a connection waits for what.
struct ConnectionLimits: Sendable {
    /// From a request's first byte to its last.
    var request = TimeAmount.seconds(5)
    /// Between two requests.
    var idle = TimeAmount.seconds(60)
    /// For the first byte of the first request.
    var first = TimeAmount.seconds(10)
    /// For the whole head of the first request while there is no room for more connections.
    var firstWhenCrowded = TimeAmount.seconds(1)
    /// Between two requests while there is no room for more connections.
    var idleWhenCrowded = TimeAmount.seconds(5)
    /// For a client that takes none of its answers, besides ``pace``.
    var stalled = TimeAmount.seconds(10)
    /// For the client to end the connection after the last answer.
    ///
    /// Closed at once, what the client still sends would be answered with a reset, and the answer might be
    /// lost with it.
    var lingering = TimeAmount.seconds(2)

    /// Bytes a second at which every client can take its answers.
    static let pace = 16 * 1024

    /// How long a client may take for so many bytes.
    func taking(_ bytes: Int) -> TimeAmount {
        stalled + .seconds(Int64(bytes / Self.pace))
    }
}

/// When a connection has waited long enough.
struct ConnectionDeadline: Equatable, Sendable {
    var time: NIODeadline
    /// The same while there is no room for more connections.
    var whenCrowded: NIODeadline

    static let none = ConnectionDeadline(.distantFuture)

    init(_ time: NIODeadline, whenCrowded: NIODeadline? = nil) {
        self.time = time
        self.whenCrowded = min(time, whenCrowded ?? time)
    }
}
