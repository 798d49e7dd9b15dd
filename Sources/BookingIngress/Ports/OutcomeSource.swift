package import BookingBroker
package import BookingMessages

/// Where outcomes come from.
package protocol OutcomeSource: Sendable {
    /// Calls `received` for each message in order, and `connected` each time a subscription begins:
    /// outcomes may have been missed before it. Until cancelled.
    func run(
        connected: @escaping @Sendable () async -> Void,
        received: @escaping @Sendable (OutcomeMessage) -> Void
    ) async throws
    /// Whether outcomes are being heard now.
    var isConnected: Bool { get }
}

extension OutcomeSubscriber: OutcomeSource {}
