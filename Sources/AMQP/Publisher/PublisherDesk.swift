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
