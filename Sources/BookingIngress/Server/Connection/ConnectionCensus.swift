import HTTPTypes
import Metrics
import ProblemDetails
import Synchronization

/// Why a connection is not served at all.
enum ConnectionRefusal: String, CaseIterable, Error, Sendable {
    /// Its address has as many as one may have.
    case tooManyFromAddress = "connections_per_address"
}

extension ConnectionRefusal {
    /// What the client is told.
    var problem: Problem {
        switch self {
        case .tooManyFromAddress:
            Problem(
                .tooManyRequests, "too-many-connections",
                "There are too many connections from this address.",
                headers: [.retryAfter: RetryAfter.connection])
        }
    }
}

/// Counts the open connections, of all and of each client.
final class ConnectionCensus: Sendable {
    /// The most connections that are being told at a time why they are refused; others are closed.
    static let refusedMax = 100

    private struct State {
        var open = 0
        /// Only of clients that have any.
        var openByClient: [ClientAddress: Int] = [:]
    }

    private let connectionsMax: Int
    private let perAddressMax: Int
    private let state = Mutex(State())
    private let refused = Atomic(0)
    private let isFull = Atomic(false)
    private let openGauge = Gauge(label: "boxoffice_http_connections")

    init(connectionsMax: Int, perAddressMax: Int) {
        self.connectionsMax = connectionsMax
        self.perAddressMax = perAddressMax
        Gauge(label: "boxoffice_http_connections_max").record(connectionsMax)
        openGauge.record(0)
    }

    /// Whether there is no room for more connections.
    var isCrowded: Bool { isFull.load(ordering: .relaxed) }

    /// Counts a connection that has opened, unless its client has too many; ``leave(_:)`` is called for it
    /// then, and only then.
    func enter(_ peer: Peer) throws(ConnectionRefusal) {
        let isIn = state.withLock { state in
            if !peer.isTrustedProxy {
                let count = state.openByClient[peer.address, default: 0]
                guard count < perAddressMax else { return false }
                state.openByClient[peer.address] = count + 1
            }
            state.open += 1
            changed(state.open)
            return true
        }
        if !isIn { throw .tooManyFromAddress }
    }

    /// Counts a connection off that was counted before.
    func leave(_ peer: Peer) {
        state.withLock { state in
            if !peer.isTrustedProxy {
                let count = state.openByClient[peer.address, default: 1]
                state.openByClient[peer.address] = count > 1 ? count - 1 : nil
            }
            state.open -= 1
            changed(state.open)
        }
    }

    /// Counts a connection that is only told why it is refused, unless there are too many of these.
    func enterRefused() -> Bool {
        guard refused.load(ordering: .relaxed) < Self.refusedMax else { return false }
        refused.add(1, ordering: .relaxed)
        return true
    }

    /// Counts such a connection off.
    func leaveRefused() { refused.subtract(1, ordering: .relaxed) }

    private func changed(_ open: Int) {
        isFull.store(open >= connectionsMax, ordering: .relaxed)
        openGauge.record(open)
    }
}
