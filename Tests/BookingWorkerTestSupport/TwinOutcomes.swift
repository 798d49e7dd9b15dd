package import BookingBroker
package import BookingMessages
import BookingWorker
import Synchronization

/// Remembers what is told of outcomes and letters, or takes nothing.
package final class TwinOutcomes: OutcomeSink {
    private struct State {
        var messages: [OutcomeMessage] = []
        var letters: [DeadLetter] = []
        var isBlocked = false
    }

    private let state = Mutex(State())

    package init() {}

    package var messages: [OutcomeMessage] { state.withLock { $0.messages } }
    package var letters: [DeadLetter] { state.withLock { $0.letters } }

    /// Lets it take nothing from now on, or everything again.
    package func block(_ isBlocked: Bool = true) { state.withLock { $0.isBlocked = isBlocked } }

    package func publish(_ message: OutcomeMessage) async throws(BrokerError) {
        try take { $0.messages.append(message) }
    }

    package func publish(_ letter: DeadLetter) async throws(BrokerError) {
        try take { $0.letters.append(letter) }
    }

    private func take(_ body: (inout State) -> Void) throws(BrokerError) {
        let isTaken = state.withLock { state in
            if !state.isBlocked { body(&state) }
            return !state.isBlocked
        }
        guard isTaken else { throw BrokerError(.unavailable, "the broker takes nothing") }
    }
}
