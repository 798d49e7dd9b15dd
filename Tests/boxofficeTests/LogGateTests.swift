import BookingTestSupport
import Logging
import Synchronization
import Testing

@testable import boxoffice

@Suite("What is logged again and again")
struct LogGateTests {
    /// A clock that stands still until it is moved.
    private final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)

        var now: ContinuousClock.Instant { time.withLock(\.self) }
        func move(by duration: Duration) { time.withLock { $0 += duration } }
    }

    private let clock = Clock()
    private let output = CollectedOutput()

    private func gate(_ limits: LogLimits = .standard) -> LogGate {
        LogGate(output, format: .text, inColor: false, limits: limits) { [clock] in clock.now }
    }

    private func logger(_ gate: LogGate, level: Logger.Level = .trace) -> Logger {
        Logger(label: "test") { label in
            LineLogHandler(
                label: label, level: level, format: .text, inColor: false, output: output,
                gate: gate, now: { LogTests.time })
        }
    }

    /// What the lines say, without time and level.
    private var sentences: [String] {
        output.lines.map { String($0.dropFirst(34).dropLast()) }
    }

    @Test("The first lines of a sentence are written, others counted and told after ten seconds")
    func folds() {
        let gate = gate()
        let logger = logger(gate)
        for number in 0..<1000 { logger.info("it happens", metadata: ["n": "\(number)"]) }
        #expect(sentences == (0..<10).map { "it happens n=\($0)" })
        clock.move(by: .seconds(9))
        gate.tell()
        #expect(sentences.count == 10)
        clock.move(by: .seconds(1))
        gate.tell()
        #expect(sentences.count == 11)
        #expect(sentences.last == "it happens … repeated 990 times in the last 10 s")
    }

    @Test("What goes on is told after twice as long each time; after a quiet time it is new")
    func growing() {
        let gate = gate()
        let logger = logger(gate)
        var told: [Int] = []
        for second in 0..<630 {
            for _ in 0..<20 { logger.warning("it happens") }
            clock.move(by: .seconds(1))
            let before = sentences.count
            gate.tell()
            if sentences.count > before { told.append(second + 1) }
        }
        #expect(told == [10, 30, 70, 150, 310, 630])
        clock.move(by: .seconds(321))
        gate.tell()
        logger.warning("it happens")
        #expect(sentences.last == "it happens")
    }

    @Test("Other sentences and other levels are other lines")
    func apart() {
        let logger = logger(gate())
        for _ in 0..<50 {
            logger.info("a")
            logger.info("b")
            logger.warning("a")
        }
        #expect(output.lines.count == 30)
    }

    @Test("Whoever asks for details gets them all")
    func details() {
        let logger = logger(gate())
        for _ in 0..<100 { logger.debug("a request") }
        #expect(output.lines.count == 100)
    }

    @Test("However many sentences there are, so many are counted and no more")
    func manySentences() {
        var repetitions = Repetitions(limits: .standard)
        let start = ContinuousClock.now
        let admitted = (0..<5000).count { number in
            let sentence = Repetitions.Sentence(level: .info, text: "\(number)")
            return repetitions.admits(sentence, from: "test", at: start)
        }
        #expect(admitted == 5000)
        #expect(repetitions.count <= LogLimits.standard.sentencesMax)
        // When their windows are over their places are free again.
        let later = start + .seconds(10)
        let sentence = Repetitions.Sentence(level: .info, text: "new")
        let again = (0..<11).count { _ in
            repetitions.admits(sentence, from: "test", at: later)
        }
        #expect(again == 10)
    }

    @Test("All together never exceeds so many bytes, and it is told how many lines were left out")
    func bytes() {
        var limits = LogLimits()
        limits.bytesPerSecond = 1000
        limits.bytesAtOnce = 5000
        let logger = logger(gate(limits))
        for second in 0..<10 {
            for number in 0..<1000 { logger.debug("\(second) \(number)") }
            clock.move(by: .seconds(1))
        }
        let bytes = output.lines.map(\.utf8.count).reduce(0, +)
        #expect(bytes > 10_000 && bytes <= 15_000 + 10 * 120)
        let leftOut = output.lines.count { $0.contains("lines were left out") }
        #expect(leftOut == 9)
    }

    @Test("What was counted and not told yet is told when the program ends")
    func end() {
        let gate = gate()
        let logger = logger(gate)
        for _ in 0..<12 { logger.error("it happens") }
        clock.move(by: .seconds(3))
        gate.finish()
        #expect(sentences.last == "it happens … repeated 2 times in the last 3 s")
    }

    @Test("It is told in time when nothing else is logged")
    func alarm() async throws {
        var limits = LogLimits()
        limits.window = .milliseconds(50)
        let gate = LogGate(output, format: .text, inColor: false, limits: limits)
        let logger = logger(gate)
        for _ in 0..<11 { logger.info("it happens") }
        try await eventually("eleven lines are written") { output.lines.count >= 11 }
        #expect(sentences.last == "it happens … repeated 1 times in the last 1 s")
    }
}
