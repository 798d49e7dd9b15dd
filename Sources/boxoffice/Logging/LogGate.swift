import Dispatch
import Logging
import Synchronization

/// Keeps a log small, however often something happens: lines alike are counted instead of written, and all
/// lines together are bounded in bytes.
///
/// What is logged below the level `info` is for those who look for something, and is not counted.
final class LogGate: Sendable {
    private struct State {
        var repetitions: Repetitions
        var budget: ByteBudget
        /// When the alarm rings that is set.
        var alarm: ContinuousClock.Instant?

        /// When an alarm is to ring for which none is set that rings as soon.
        mutating func alarmToSet() -> ContinuousClock.Instant? {
            guard let next = repetitions.nextSummary, alarm.map({ $0 > next }) ?? true else {
                return nil
            }
            alarm = next
            return next
        }
    }

    private let state: Mutex<State>
    private let output: any LogOutput
    private let format: LogFormat
    private let inColor: Bool
    private let now: @Sendable () -> ContinuousClock.Instant

    init(
        _ output: any LogOutput, format: LogFormat, inColor: Bool, limits: LogLimits = .standard,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.output = output
        self.format = format
        self.inColor = inColor
        self.now = now
        state = Mutex(
            State(
                repetitions: Repetitions(limits: limits),
                budget: ByteBudget(limits: limits, at: now())))
    }

    /// Whether a line with this sentence is to be written.
    func admits(_ level: Logger.Level, _ sentence: String, from label: String) -> Bool {
        guard level >= .info else { return true }
        let now = now()
        let (isAdmitted, alarm) = state.withLock { state in
            let sentence = Repetitions.Sentence(level: level, text: sentence)
            let isAdmitted = state.repetitions.admits(sentence, from: label, at: now)
            return (isAdmitted, isAdmitted ? nil : state.alarmToSet())
        }
        if let alarm { ring(in: alarm - now) }
        return isAdmitted
    }

    /// Writes a line, if it does not exceed what may be written.
    func write(_ record: LogRecord) {
        let line = record.line(format, inColor: inColor)
        let now = now()
        let refused: Int? = state.withLock { state in
            state.budget.admits(line.utf8.count, at: now) ? state.budget.takeRefused() : nil
        }
        guard let refused else { return }
        if refused > 0 {
            let note = LogRecord(
                time: record.time, level: .warning, label: "log",
                message: "lines were left out, since too much was logged",
                metadata: ["lines": "\(refused)"])
            output.write(note.line(format, inColor: inColor))
        }
        output.write(line)
    }

    /// Tells what was counted and not told yet: the program ends.
    func finish() {
        let now = now()
        for summary in state.withLock({ $0.repetitions.lastSummaries(at: now) }) { write(summary) }
    }

    /// Tells what was counted in the windows that are over.
    func tell() {
        let now = now()
        let (summaries, alarm) = state.withLock { state in
            state.alarm = nil
            return (state.repetitions.summaries(at: now), state.alarmToSet())
        }
        for summary in summaries { write(summary) }
        if let alarm { ring(in: alarm - now) }
    }

    private func ring(in wait: Duration) {
        let milliseconds = Int(max(.zero, wait) / .milliseconds(1)) + 1
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
            [self] in tell()
        }
    }

    private func write(_ summary: Repetitions.Summary) {
        let seconds = Int((summary.window / .seconds(1)).rounded(.up))
        write(
            LogRecord(
                time: .now(), level: summary.sentence.level, label: summary.label,
                message: "\(summary.sentence.text) … repeated \(summary.count) times in the last "
                    + "\(seconds) s",
                metadata: [:]))
    }
}
