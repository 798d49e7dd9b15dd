package import BookingBroker
package import BookingMessages

/// Where outcomes and letters are told: news, not records.
package protocol OutcomeSink: Sendable {
    /// Returns once the broker has the outcomes.
    func publish(_ message: OutcomeMessage) async throws(BrokerError)
    /// Returns once the broker has the letter.
    func publish(_ letter: DeadLetter) async throws(BrokerError)
}

extension OutcomePublisher: OutcomeSink {}
