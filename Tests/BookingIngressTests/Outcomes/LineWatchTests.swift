import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingIngress

struct LineWatchTests {
    private var lines = LineWatch()
    private let event: EventID
    private let now = ContinuousClock.now

    init() throws { event = try TestEvents.event().id }

    @Test("a line of which nothing is known takes everybody")
    mutating func unknown() {
        #expect(lines.pauseSeconds(for: event, at: now) == nil)
    }

    @Test(
        "newcomers are sent away for as long as the line is, once bookings wait too long",
        arguments: [(0, nil), (2_000, nil), (2_001, 3), (4_500, 5), (400_000, 30)])
    mutating func pause(waitedMilliseconds: Int, seconds: Int?) {
        lines.heard(event, waited: .milliseconds(waitedMilliseconds), at: now)
        #expect(lines.pauseSeconds(for: event, at: now) == seconds)
    }

    @Test("what was heard last counts, for a while")
    mutating func last() {
        lines.heard(event, waited: .seconds(9), at: now)
        #expect(lines.pauseSeconds(for: event, at: now + LineWatch.memory - .milliseconds(1)) == 10)
        // Nothing is being decided any more: the line is kept for when a worker is back.
        #expect(lines.pauseSeconds(for: event, at: now + LineWatch.memory) == nil)
        lines.heard(event, waited: .seconds(9), at: now)
        lines.heard(event, waited: .seconds(1), at: now)
        #expect(lines.pauseSeconds(for: event, at: now) == nil)
    }
}
