import Synchronization

/// Rings when a time is over: one sleeper for however many wait.
///
/// A timer for each would cost more than the request it is for. An alarm rings up to ``tick`` late,
/// never early, and only while ``run()`` does.
final class AlarmClock: Sendable {
    /// How often it looks for alarms that are due.
    static let tick = Duration.milliseconds(20)

    /// An alarm that was set.
    struct Alarm: Sendable {
        fileprivate let slot: Int64
        fileprivate let number: UInt64
    }

    private struct State {
        /// What is to ring, by the tick at which it is due.
        var slots: [Int64: [UInt64: @Sendable () -> Void]] = [:]
        /// The first tick that has not passed.
        var now: Int64 = 0
        var lastNumber: UInt64 = 0
    }

    private let start = ContinuousClock.now
    private let state = Mutex(State())

    /// Lets `ring` be called once `delay` has passed, unless the alarm is cleared before.
    func set(after delay: Duration, _ ring: @escaping @Sendable () -> Void) -> Alarm {
        let due = ContinuousClock.now - start + delay
        return state.withLock { state in
            // A tick that has passed is not looked at again.
            let slot = max(Self.ticks(in: due) + 1, state.now)
            state.lastNumber += 1
            state.slots[slot, default: [:]][state.lastNumber] = ring
            return Alarm(slot: slot, number: state.lastNumber)
        }
    }

    /// Clears an alarm; `false` when it has rung.
    @discardableResult
    func clear(_ alarm: Alarm) -> Bool {
        state.withLock { $0.slots[alarm.slot]?.removeValue(forKey: alarm.number) != nil }
    }

    /// Calls `receive` with the answer, which is `late` when no other is there within `limit`.
    func bound<Answer>(
        _ answer: OneShot<Answer>, to limit: Duration, late: Answer,
        _ receive: @escaping @Sendable (Answer) -> Void
    ) {
        let alarm = set(after: limit) { answer.answer(late) }
        answer.then { [self] in
            clear(alarm)
            receive($0)
        }
    }

    /// Rings what is due, until cancelled.
    func run() async {
        while (try? await Task.sleep(for: Self.tick)) != nil {
            let now = Self.ticks(in: ContinuousClock.now - start)
            let due = state.withLock { state in
                var due: [@Sendable () -> Void] = []
                while state.now <= now {
                    due += state.slots.removeValue(forKey: state.now).map { Array($0.values) } ?? []
                    state.now += 1
                }
                return due
            }
            for ring in due { ring() }
        }
    }

    private static func ticks(in duration: Duration) -> Int64 {
        nanoseconds(in: duration) / nanoseconds(in: tick)
    }

    private static func nanoseconds(in duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
