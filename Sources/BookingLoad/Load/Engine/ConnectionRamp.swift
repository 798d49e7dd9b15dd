import NIOCore

/// Lets only so many connections be made at once; the others wait for their turn.
struct ConnectionRamp: Sendable {
    private let max: Int
    private var connecting = 0
    private var waiting = CircularBuffer<Int>()

    init(max: Int = LoadLimits.connectingMax) { self.max = max }

    /// Whether connection `number` may be made now; else it will be handed out by ``finished()``.
    mutating func admit(_ number: Int) -> Bool {
        guard connecting < max else {
            waiting.append(number)
            return false
        }
        connecting += 1
        return true
    }

    /// One was made or could not be; returns the number of the next that may be, if any waits.
    mutating func finished() -> Int? {
        guard let next = waiting.popFirst() else {
            connecting -= 1
            return nil
        }
        return next
    }
}
