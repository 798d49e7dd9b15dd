import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingIngress

struct LineWatchTests {
    private var lines = LineWatch()
    private let event: EventID
    private let start = ContinuousClock.now

    init() throws { event = try TestEvents.event().id }

    /// That many join the line at once.
    private mutating func join(_ count: Int, at now: ContinuousClock.Instant) -> [LineWatch.Place] {
        (0..<count).map { _ in lines.accepted(event, at: now) }
    }

    @Test("a line of which nothing was decided takes everybody")
    mutating func unknown() {
        #expect(lines.pauseSeconds(for: event, at: start) == nil)
        _ = join(100_000, at: start)
        #expect(lines.pauseSeconds(for: event, at: start) == nil)
    }

    @Test(
        "newcomers are sent away who would wait too long, for as long as it is too long",
        arguments: [(0, nil), (2_000, nil), (2_001, 1), (4_500, 3), (400_000, 30)])
    mutating func pause(behind: Int, seconds: Int?) {
        // A thousand are decided in a second.
        let places = join(1001, at: start)
        lines.heard(event, places[0], at: start + .seconds(1))
        _ = join(behind, at: start + .seconds(1))
        #expect(lines.pauseSeconds(for: event, at: start + .seconds(1)) == nil)
        lines.heard(event, places[1000], at: start + .seconds(2))
        #expect(lines.pauseSeconds(for: event, at: start + .seconds(2)) == seconds)
    }

    @Test("a line whose bookings hardly wait may be of any length: it has only just grown")
    mutating func rush() {
        let places = join(11, at: start)
        lines.heard(event, places[0], at: start + .milliseconds(1))
        lines.heard(event, places[10], at: start + LineWatch.busyWaitMin - .milliseconds(1))
        _ = join(10_000, at: start + .milliseconds(200))
        #expect(lines.pauseSeconds(for: event, at: start + .milliseconds(250)) == nil)
        lines.heard(event, lines.accepted(event, at: start), at: start + .milliseconds(350))
        #expect(lines.pauseSeconds(for: event, at: start + .milliseconds(350)) == nil)
    }

    @Test(
        "of a few bookings nobody tells how fast more would be decided, unless they wait too long",
        arguments: [
            (LineWatch.lengthMin - 1, 1_999, nil), (LineWatch.lengthMin, 1_999, 30),
            (1, 1_999, nil), (3, 2_001, 1),
        ])
    mutating func shortLine(behind: Int, waitedMilliseconds: Int, seconds: Int?) {
        // One is decided in a second.
        let places = join(2, at: start)
        let end = start + .milliseconds(waitedMilliseconds)
        lines.heard(event, places[0], at: end - .seconds(1))
        lines.heard(event, places[1], at: end)
        _ = join(behind, at: end)
        #expect(lines.pauseSeconds(for: event, at: end) == seconds)
    }

    @Test("bookings that waited out a pause do not keep others from a line that is short again")
    mutating func afterPause() {
        let places = join(500, at: start)
        let end = start + .seconds(60)
        lines.heard(event, places[249], at: end)
        #expect(lines.pauseSeconds(for: event, at: end) == nil)
        lines.heard(event, places[499], at: end + .milliseconds(150))
        #expect(lines.pauseSeconds(for: event, at: end + .milliseconds(150)) == nil)
    }

    @Test("what was heard last counts, for a while")
    mutating func last() {
        let places = join(10_000, at: start)
        let first = start + .seconds(1)
        lines.heard(event, places[0], at: first)
        lines.heard(event, places[100], at: first + .seconds(1))
        let last = first + .seconds(1)
        #expect(
            lines.pauseSeconds(for: event, at: last + LineWatch.memory - .milliseconds(1)) == 30)
        lines.heard(event, places[50], at: last + LineWatch.windowMin)
        #expect(lines.pauseSeconds(for: event, at: last + LineWatch.windowMin) == 30)
        // Nothing is being decided any more: the line is kept for when a worker is back.
        #expect(lines.pauseSeconds(for: event, at: last + LineWatch.memory) == nil)
        // How fast it was before does not count then.
        lines.heard(event, places[101], at: last + LineWatch.memory)
        #expect(lines.pauseSeconds(for: event, at: last + LineWatch.memory) == nil)
        lines.heard(event, places[9_999], at: last + LineWatch.memory + LineWatch.windowMin)
        #expect(
            lines.pauseSeconds(for: event, at: last + LineWatch.memory + LineWatch.windowMin) == nil
        )
    }
}
