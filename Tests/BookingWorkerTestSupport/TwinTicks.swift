package import BookingBroker
package import BookingDomain
import BookingWorker
import Synchronization

/// Publishes ticks into the queues of a broker in memory, or refuses them.
package final class TwinTicks: TickSink {
    private let broker: TwinBroker
    private let state = Mutex<(isBlocked: Bool, published: [Command])>((false, []))

    package init(_ broker: TwinBroker) { self.broker = broker }

    /// What was published so far.
    package var published: [Command] { state.withLock { $0.published } }

    /// Lets it take nothing from now on, or everything again.
    package func block(_ isBlocked: Bool = true) { state.withLock { $0.isBlocked = isBlocked } }

    package func publishTick(_ tick: Command) async throws(BrokerError) {
        let isTaken = state.withLock { state in
            if !state.isBlocked { state.published.append(tick) }
            return !state.isBlocked
        }
        guard isTaken else { throw BrokerError(.unavailable, "the broker takes nothing") }
        broker.publish([tick], to: tick.event)
    }

    package func isQueueEmpty(of event: EventID) async throws(BrokerError) -> Bool {
        broker.waiting(for: event) == 0
    }
}
