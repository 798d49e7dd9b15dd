import BookingDomain
import Metrics
import Synchronization

/// Where the last decision stands, for whoever asks, and the metrics made of it.
package final class ScaleBoard: Sendable {
    private struct State {
        var last: FleetDecision?
        var isKnown = false
    }

    private let state = Mutex(State())
    private let wanted = Gauge(label: "boxoffice_workers_wanted")
    private let oldest = Gauge(label: "boxoffice_backlog_oldest_seconds")
    private let rate = Gauge(label: "boxoffice_worker_commands_per_second")
    private let isKnown = Gauge(label: "boxoffice_backlog_known")
    private let grown = Counter(
        label: "boxoffice_workers_changes_total", dimensions: [("direction", "up")])
    private let shrunk = Counter(
        label: "boxoffice_workers_changes_total", dimensions: [("direction", "down")])

    package init() {}

    /// The last decision, once one was made on what could be read; what could not be read leaves it.
    package var decision: FleetDecision? {
        state.withLock { $0.isKnown ? $0.last : nil }
    }

    /// Why the queues cannot be read now; `nil` when they can.
    package var obstacle: String? {
        switch state.withLock({ $0.last })?.reason {
        case nil: "not read yet"
        case .unknown(let what): what.description
        case .steady, .confirming, .grown, .quiet, .shrunk: nil
        }
    }

    func post(_ decision: FleetDecision) {
        state.withLock { state in
            state.last = decision
            state.isKnown = state.isKnown || decision.isKnown
        }
        wanted.record(decision.to)
        isKnown.record(decision.isKnown ? 1 : 0)
        if decision.to > decision.from { grown.increment() }
        if decision.to < decision.from { shrunk.increment() }
        guard decision.isKnown else { return }
        oldest.record(decision.oldest.inSeconds)
        rate.record(decision.rate)
        for (shard, work) in decision.backlog {
            let dimensions = [("shard", shard.description)]
            Gauge(label: "boxoffice_backlog_messages", dimensions: dimensions)
                .record(work.messages)
            Gauge(label: "boxoffice_backlog_commands", dimensions: dimensions)
                .record(work.commands)
        }
    }
}
