/// What a publisher knows between calls.
struct PublisherDesk {
    enum Phase {
        /// Not running.
        case idle
        /// Running, without a channel.
        case disconnected(AMQPError?)
        case connected(PublisherChannels)
    }

    /// How many messages may be tried on a channel of their own at a time.
    private static let siblingsMax = 64

    let inFlightMax: Int
    /// How many are.
    var siblings = 0
    var phase = Phase.idle
    private(set) var inFlight = 0
    /// Resumed when nothing is in flight any more.
    var drained: CheckedContinuation<Void, Never>?

    init(inFlightMax: Int) { self.inFlightMax = inFlightMax }

    mutating func start() throws(AMQPError) {
        guard case .idle = phase else { throw .invalidRequest("The publisher runs already.") }
        phase = .disconnected(nil)
    }

    /// Whether messages can be published; a channel that is over counts before `run` sees it.
    var state: AMQPPublisherState {
        switch phase {
        case .idle: .disconnected(nil)
        case .disconnected(let reason): .disconnected(reason)
        case .connected(let channels):
            if let reason = channels.error {
                .disconnected(reason)
            } else {
                channels.connection.isBlocked ? .blocked : .connected
            }
        }
    }

    func channels() throws(AMQPError) -> PublisherChannels {
        switch phase {
        case .idle:
            throw .unavailable("The publisher does not run.")
        case .disconnected(let reason):
            let words = reason.map { ": \($0.message)" } ?? "."
            throw .unavailable("There is no connection to the broker\(words)")
        case .connected(let channels):
            return channels
        }
    }

    /// Counts a publish in and says on which channel.
    mutating func begin(_ routingKey: String) throws(AMQPError) -> AMQPChannel {
        let channels = try channels()
        guard !channels.connection.isBlocked else { throw .blocked }
        guard inFlight < inFlightMax else {
            throw .overloaded("\(inFlightMax) messages wait for their confirm already.")
        }
        inFlight += 1
        return channels[routingKey]
    }

    /// Counts a channel of its own in, if there may be one more.
    mutating func beginSibling() -> Bool {
        guard siblings < Self.siblingsMax else { return false }
        siblings += 1
        return true
    }

    /// Counts a publish out, and returns whom to tell when it was the last.
    mutating func finish() -> CheckedContinuation<Void, Never>? {
        inFlight -= 1
        guard inFlight == 0 else { return nil }
        defer { drained = nil }
        return drained
    }
}

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
