package import BookingBroker
package import BookingDomain

/// Where commands go: the lines of their events.
package protocol CommandSink: Sendable {
    /// Tells whether the commands are safe in the event's line, after one attempt; `completion` must not
    /// take long.
    func publishOnce(
        _ commands: [Command], to event: EventID,
        completion: @escaping @Sendable (Result<Void, BrokerError>) -> Void)
    /// Returns once the commands are safe in the event's line, after as many further attempts as make
    /// sense; the first, which began at `start`, has failed in that way.
    func publish(
        _ commands: [Command], to event: EventID, after failure: BrokerError?,
        since start: ContinuousClock.Instant
    ) async throws(BrokerError)
    /// Makes the event's line, so that its first booking finds it.
    func prepareQueue(for event: EventID) async throws(BrokerError)
    /// Does away with the line of an event that nobody knows of.
    func discardQueue(of event: EventID) async throws(BrokerError)
    /// Why nothing can be published now; `nil` when it can.
    var obstacle: String? { get }
    /// Whether it is there, though it may take nothing now.
    var isReachable: Bool { get }
    /// Keeps the connection until cancelled.
    func run() async throws
}

extension CommandPublisher: CommandSink {
    package var obstacle: String? { state.obstacle }
    package var isReachable: Bool { state.isConnected }
}
