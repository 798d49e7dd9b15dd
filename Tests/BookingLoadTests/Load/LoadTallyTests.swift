import NIOCore
import Testing

@testable import BookingLoad

@Suite("What a load counts")
struct LoadTallyTests {
    /// Counts from 100 to 1100 milliseconds.
    private func tally() -> LoadTally { LoadTally(window: PacingTests.window) }

    @Test("A latency counts from when the request was due, if that was in the window")
    func window() {
        var tally = tally()
        let confirmed = LoadOutcome(status: "confirmed")
        tally.add(.decided(confirmed, dueAt: .at(99)), at: .at(150))
        tally.add(.decided(confirmed, dueAt: .at(100)), at: .at(300))
        tally.add(.decided(confirmed, dueAt: .at(1_000)), at: .at(1_500))
        #expect(tally.outcomes == [confirmed: 2])
        #expect(tally.outcome.count == 2)
        #expect(tally.outcome.min == .milliseconds(200))
        #expect(tally.outcome.max == .milliseconds(500))
        // Done while it counted: the first two.
        #expect(tally.done == [.outcome: 2])
        #expect(tally.total.outcomes == 3)
        #expect(tally.seconds.map(\.outcomes) == [2, 1])
        #expect(tally.seconds.map(\.slowest) == [.milliseconds(200), .milliseconds(500)])
    }

    @Test("Refusals are counted by status and reason, those without Retry-After apart")
    func refusals() {
        var tally = tally()
        let busy = Refusal(status: 503, slug: "overloaded")
        for saysWhen in [true, false, true] {
            tally.add(.refused(busy, saysWhen: saysWhen, dueAt: .at(200)), at: .at(201))
        }
        #expect(tally.refusals == [busy: RefusalCount(all: 3, withoutRetryAfter: 1)])
    }

    @Test("Faults and losses count whenever they come")
    func faults() {
        var tally = LoadTally(window: PacingTests.window, faults: [.closed: 1])
        tally.add(.failed(.closed), at: .at(1))
        tally.add(.lost(.undecided), at: .at(9_000))
        #expect(tally.faults == [.closed: 2])
        #expect(tally.losses == [.undecided: 1])
        #expect(tally.total.faults == 2)
    }

    @Test("A histogram keeps three digits, from a microsecond to an hour")
    func precision() {
        var record = LatencyRecord()
        #expect(record.quantile(0.99) == .zero)
        for value in 1...1_000 { record.record(.microseconds(Int64(value))) }
        #expect(record.quantile(0.5) == .microseconds(500))
        #expect(record.quantile(0.999) == .microseconds(999))
        record.record(.hours(2))
        #expect(record.max == .seconds(3_600))
        #expect(record.curve.last?.latency == .seconds(3_600))
        #expect(record.curve.last?.share == 1)
        #expect(record.curve.map(\.share) == record.curve.map(\.share).sorted())
        record.record(.nanoseconds(-5))
        #expect(record.min == .zero)
    }
}

@Suite("The progress of a load")
struct ProgressMeterTests {
    private func progress(
        _ seconds: Double, outcomes: Int, reads: Int = 0, phase: LoadProgress.Phase = .counting
    ) -> LoadProgress {
        LoadProgress(
            phase: phase, elapsed: .seconds(seconds), outcomes: outcomes, reads: reads,
            refusals: 3, faults: 2, inFlight: 7, p99: .milliseconds(12))
    }

    @Test("A line tells the rate since the last one")
    func rate() {
        var meter = ProgressMeter(every: .seconds(1))
        #expect(
            meter.line(at: progress(1, outcomes: 100, phase: .warmup))
                == "  1 s  warm-up  outcomes 100/s  p99 12.0 ms  in flight 7  refused 3  errors 2")
        #expect(
            meter.line(at: progress(3, outcomes: 500, reads: 20))
                == "  3 s  outcomes 200/s  reads 10/s  p99 12.0 ms  in flight 7  refused 3"
                + "  errors 2")
    }

    @Test("There is no line before the interval is over")
    func interval() {
        var meter = ProgressMeter(every: .seconds(5))
        let lines = (1...12).map { meter.line(at: progress(Double($0), outcomes: $0)) != nil }
        #expect(lines.indices.filter { lines[$0] } == [4, 9])
    }
}
