package import BookingBroker
package import BookingMessages

/// Where outcomes come from.
package protocol OutcomeSource: Sendable {
    /// Calls `received` for each message in order until cancelled.
    ///
    /// Each time a subscription begins outcomes may have been missed before it: `connected` is called
    /// before the first message of it, and `recover` meanwhile.
    func run(
        connected: @escaping @Sendable () -> Void,
        recovering recover: @escaping @Sendable () async -> Void,
        received: @escaping @Sendable (OutcomeMessage) -> Void
    ) async throws
    /// Whether outcomes are being heard now.
    var isConnected: Bool { get }
}

extension OutcomeSubscriber: OutcomeSource {}
