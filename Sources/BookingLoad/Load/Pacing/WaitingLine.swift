import NIOCore

/// Requests that are due and wait for a connection, first come, first served, up to a limit.
struct WaitingLine: Sendable {
    private var due = CircularBuffer<NIODeadline>()
    private let max: Int
    /// Requests that found no room, or were not sent before everything ended.
    private(set) var leftOut = 0

    init(max: Int) { self.max = max }

    var count: Int { due.count }

    /// Adds a request that was due at `instant`, or leaves it out when the line is full.
    mutating func add(dueAt instant: NIODeadline) {
        if due.count < max { due.append(instant) } else { leftOut += 1 }
    }

    /// Takes the first one and tells when it was due.
    mutating func takeFirst() -> NIODeadline? { due.popFirst() }

    /// Leaves out all who still wait.
    mutating func abandon() {
        leftOut += due.count
        due.removeAll()
    }
}
