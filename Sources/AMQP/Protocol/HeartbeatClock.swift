/// When to send a heartbeat, and when to take the peer for dead.
///
/// The library's own heartbeats are switched off after the login, because they can make its calls
/// wait for ever (see ``LibraryConnection``); this clock stands in for them.
struct HeartbeatClock {
    typealias Instant = ContinuousClock.Instant

    enum Verdict: Equatable {
        case quiet
        case sendHeartbeat
        case peerIsDead
    }

    /// The negotiated interval, nil when heartbeats are off.
    let interval: Duration?
    private var lastReceived: Instant
    private var lastSent: Instant

    init(interval: Duration?, now: Instant) {
        self.interval = interval
        lastReceived = now
        lastSent = now
    }

    mutating func received(at now: Instant) { lastReceived = now }

    mutating func sent(at now: Instant) { lastSent = now }

    func verdict(at now: Instant) -> Verdict {
        guard let interval else { return .quiet }
        if now >= lastReceived.advanced(by: interval * 2) { return .peerIsDead }
        if now >= lastSent.advanced(by: interval / 2) { return .sendHeartbeat }
        return .quiet
    }

    /// When the verdict changes if nothing happens.
    var nextDeadline: Instant? {
        guard let interval else { return nil }
        return min(lastReceived.advanced(by: interval * 2), lastSent.advanced(by: interval / 2))
    }
}
