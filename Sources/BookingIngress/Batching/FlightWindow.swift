import DequeModule

/// How many batches may be on their way to the broker at a time.
///
/// One that has been on its way for long does not count any more: what holds it up is its own event's
/// queue, which has no leader, say, and must not hold up the other events.
struct FlightWindow: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Lets one batch be on its way.
    struct Permit: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private let size: Int
    private let memory: Duration
    /// The batches that count.
    private var counted: Set<Permit> = []
    /// Who departed within ``memory``, in the order of departures.
    private var departures: Deque<(permit: Permit, at: Instant)> = []
    private var departed: UInt64 = 0

    /// A window for `size` batches, each of which counts for `memory` at most.
    init(size: Int, memory: Duration) {
        self.size = size
        self.memory = memory
    }

    /// Lets a batch depart if there is room for it.
    mutating func depart(at now: Instant) -> Permit? {
        while let first = departures.first, first.at + memory <= now {
            counted.remove(first.permit)
            departures.removeFirst()
        }
        guard counted.count < size else { return nil }
        departed += 1
        let permit = Permit(number: departed)
        counted.insert(permit)
        departures.append((permit, now))
        return permit
    }

    /// The batch has returned.
    mutating func land(_ permit: Permit) {
        counted.remove(permit)
    }
}
