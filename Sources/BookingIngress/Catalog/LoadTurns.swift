import DequeModule

/// Lets so many loads run at a time, and so many more wait for their turn: a value.
struct LoadTurns<Load: Sendable>: Sendable {
    private let runningMax: Int
    private let waitingMax: Int
    private var running = 0
    private var waiting: Deque<Load> = []

    enum Entrance: Hashable, Sendable {
        case begin
        case wait
        case full
    }

    init(runningMax: Int, waitingMax: Int) {
        self.runningMax = runningMax
        self.waitingMax = waitingMax
    }

    mutating func enter(_ load: Load) -> Entrance {
        guard running >= runningMax else {
            running += 1
            return .begin
        }
        guard waiting.count < waitingMax else { return .full }
        waiting.append(load)
        return .wait
    }

    /// A load has ended: the next one to begin.
    mutating func leave() -> Load? {
        if let next = waiting.popFirst() { return next }
        running -= 1
        return nil
    }
}
