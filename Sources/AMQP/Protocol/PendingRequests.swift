/// The requests of one channel that wait for their replies, which the broker sends in order.
///
/// A request whose time ran out stays in line without its caller, so that a late reply is still
/// matched to it and not to the one behind it.
struct PendingRequests {
    typealias Instant = ContinuousClock.Instant

    private struct Entry {
        var kind: ReplyKind
        var ticket: Ticket?
        var deadline: Instant
    }

    private var entries: [Entry] = []

    var isFull: Bool { entries.count >= AMQPLimits.pendingRequestsMax }

    /// When the next request runs out of time.
    var nextDeadline: Instant? {
        entries.lazy.filter { $0.ticket != nil }.map(\.deadline).min()
    }

    mutating func add(_ kind: ReplyKind, ticket: Ticket?, deadline: Instant) {
        entries.append(Entry(kind: kind, ticket: ticket, deadline: deadline))
    }

    /// The caller whose request the reply answers; nil when it no longer waits.
    mutating func match(_ kind: ReplyKind) throws(AMQPError) -> Ticket? {
        guard let first = entries.first, first.kind == kind else {
            throw .outOfOrder("a reply nobody asked for")
        }
        entries.removeFirst()
        return first.ticket
    }

    /// The callers whose time has run out; their requests stay in line.
    mutating func expire(at now: Instant) -> [Ticket] {
        var expired: [Ticket] = []
        for index in entries.indices where entries[index].deadline <= now {
            guard let ticket = entries[index].ticket else { continue }
            expired.append(ticket)
            entries[index].ticket = nil
        }
        return expired
    }

    /// Names the callers that wait, and lets them go; their requests stay in line.
    mutating func abandonAll() -> [Ticket] {
        let waiting = entries.compactMap(\.ticket)
        for index in entries.indices { entries[index].ticket = nil }
        return waiting
    }

    /// Forgets every request but a farewell: the broker will answer none of them any more.
    mutating func dropAllButClose() { entries.removeAll { $0.kind != .channelCloseOK } }
}
