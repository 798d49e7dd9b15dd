import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingIngress

struct WaitEstimatorTests {
    private var waits = WaitEstimator(waitMax: .seconds(2))
    private let event: EventID
    private let start = ContinuousClock.now

    /// How many joined the line.
    private var joined = 0

    init() throws { event = try TestEvents.event().id }

    /// One joins the line; its number.
    private mutating func accept(at now: ContinuousClock.Instant) -> Int {
        joined += 1
        waits.accepted(BookingKey(bits: UInt128(joined)), of: event, at: now)
        return joined
    }

    /// That many join the line at once.
    private mutating func join(_ count: Int, at now: ContinuousClock.Instant) -> [WaitEstimator
        .Place]
    {
        (0..<count).map { _ in
            WaitEstimator.Place(number: accept(at: now), at: now)
        }
    }

    @Test("a line of which nothing was decided takes everybody")
    mutating func unknown() {
        #expect(waits.pauseSeconds(for: event, at: start) == nil)
        _ = join(100_000, at: start)
        #expect(waits.pauseSeconds(for: event, at: start) == nil)
    }

    @Test(
        "newcomers are sent away who would wait too long, for as long as it is too long",
        arguments: [(0, nil), (2_000, nil), (2_001, 1), (4_500, 3), (400_000, 30)])
    mutating func pause(behind: Int, seconds: Int?) {
        // A thousand are decided in a second.
        let places = join(1001, at: start)
        waits.heard(event, places[0], at: start + .seconds(1))
        _ = join(behind, at: start + .seconds(1))
        #expect(waits.pauseSeconds(for: event, at: start + .seconds(1)) == nil)
        waits.heard(event, places[1000], at: start + .seconds(2))
        #expect(waits.pauseSeconds(for: event, at: start + .seconds(2)) == seconds)
    }

    @Test("a line whose bookings hardly wait may be of any length: it has only just grown")
    mutating func rush() {
        let places = join(11, at: start)
        waits.heard(event, places[0], at: start + .milliseconds(1))
        waits.heard(event, places[10], at: start + WaitEstimator.busyWaitMin - .milliseconds(1))
        _ = join(10_000, at: start + .milliseconds(200))
        #expect(waits.pauseSeconds(for: event, at: start + .milliseconds(250)) == nil)
        waits.heard(
            event, WaitEstimator.Place(number: accept(at: start), at: start),
            at: start + .milliseconds(350))
        #expect(waits.pauseSeconds(for: event, at: start + .milliseconds(350)) == nil)
    }

    @Test(
        "of a few bookings nobody tells how fast more would be decided, unless they wait too long",
        arguments: [
            (WaitEstimator.lengthMin - 1, 1_999, nil), (WaitEstimator.lengthMin, 1_999, 30),
            (1, 1_999, nil), (3, 2_001, 1),
        ])
    mutating func shortLine(behind: Int, waitedMilliseconds: Int, seconds: Int?) {
        // One is decided in a second.
        let places = join(2, at: start)
        let end = start + .milliseconds(waitedMilliseconds)
        waits.heard(event, places[0], at: end - .seconds(1))
        waits.heard(event, places[1], at: end)
        _ = join(behind, at: end)
        #expect(waits.pauseSeconds(for: event, at: end) == seconds)
    }

    @Test("bookings that waited out a pause do not keep others from a line that is short again")
    mutating func afterPause() {
        let places = join(500, at: start)
        let end = start + .seconds(60)
        waits.heard(event, places[249], at: end)
        #expect(waits.pauseSeconds(for: event, at: end) == nil)
        waits.heard(event, places[499], at: end + .milliseconds(150))
        #expect(waits.pauseSeconds(for: event, at: end + .milliseconds(150)) == nil)
    }

    @Test("what was heard last counts, for a while")
    mutating func last() {
        let places = join(10_000, at: start)
        let first = start + .seconds(1)
        waits.heard(event, places[0], at: first)
        waits.heard(event, places[100], at: first + .seconds(1))
        let last = first + .seconds(1)
        #expect(
            waits.pauseSeconds(for: event, at: last + WaitEstimator.memory - .milliseconds(1)) == 30
        )
        waits.heard(event, places[50], at: last + WaitEstimator.windowMin)
        #expect(waits.pauseSeconds(for: event, at: last + WaitEstimator.windowMin) == 30)
        // Nothing is being decided any more: the line is kept for when a worker is back.
        #expect(waits.pauseSeconds(for: event, at: last + WaitEstimator.memory) == nil)
        // How fast it was before does not count then.
        waits.heard(event, places[101], at: last + WaitEstimator.memory)
        #expect(waits.pauseSeconds(for: event, at: last + WaitEstimator.memory) == nil)
        waits.heard(event, places[9_999], at: last + WaitEstimator.memory + WaitEstimator.windowMin)
        #expect(
            waits.pauseSeconds(
                for: event, at: last + WaitEstimator.memory + WaitEstimator.windowMin) == nil
        )
    }

    @Test("of a line of millions so much is remembered that its wait is known, and no more")
    mutating func samples() throws {
        var waits = WaitEstimator(waitMax: .seconds(60))
        let user = TestEvents.user()
        let commands = try (0..<20_000).map { _ in try TestEvents.book(event, user: user) }
        for (number, command) in commands.enumerated() {
            let now = start + .milliseconds(number)
            waits.accepted(command.key, of: event, at: now)
        }
        let known = commands.filter { waits.place(of: $0.key) != nil }.count
        #expect((400...1200).contains(known))
        // A hundred are decided in a second, after twenty seconds: the last would wait for minutes.
        for second in 0..<10 {
            let batch = try commands[(second * 100)..<(second * 100 + 100)].map {
                try TestBookings.decided($0, event: event)
            }
            waits.heard(batch, at: start + .seconds(20 + second))
        }
        #expect(waits.pauseSeconds(for: event, at: start + .seconds(30)) == 30)
    }
}
