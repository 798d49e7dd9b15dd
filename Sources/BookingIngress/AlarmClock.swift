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
        fileprivate let place: AlarmWheel.Place
    }

    private let start = ContinuousClock.now
    private let wheel = Mutex(AlarmWheel())

    /// Lets `ring` be called once `delay` has passed, unless the alarm is cleared before.
    func set(after delay: Duration, _ ring: @escaping @Sendable () -> Void) -> Alarm {
        let due = ContinuousClock.now - start + delay
        let tick = Self.ticks(in: due) + 1
        return Alarm(place: wheel.withLock { $0.set(for: tick, ring) })
    }

    /// Clears an alarm; `false` when it has rung.
    @discardableResult
    func clear(_ alarm: Alarm) -> Bool { wheel.withLock { $0.clear(alarm.place) } }

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
            for ring in wheel.withLock({ $0.pass(now) }) { ring() }
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
