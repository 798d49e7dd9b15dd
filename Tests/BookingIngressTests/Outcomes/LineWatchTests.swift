import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingIngress

struct LineWatchTests {
    private let lines = LineWatch()
    private let event: EventID
    private let now = Instant(microsecondsSinceEpoch: 2_000_000_000_000_000)

    init() throws { event = try TestEvents.event().id }

    /// A booking decided so long ago that had waited so long before.
    private func booking(
        decided ago: Duration = .zero, waited: Duration
    ) throws -> Booking {
        func before(_ time: Duration) -> Instant {
            Instant(
                microsecondsSinceEpoch: now.microsecondsSinceEpoch
                    - Int64(time / .microseconds(1)))
        }
        let known = try TestBookings.decided(try TestEvents.book(event), event: event)
        return Booking(
            key: known.key, event: event, user: known.user, basket: known.basket,
            status: known.status, reason: known.reason, sequence: known.sequence,
            createdAt: before(ago + waited), decidedAt: before(ago))
    }

    @Test("a line of which nothing is known takes everybody")
    func unknown() {
        #expect(lines.pauseSeconds(for: event) == nil)
    }

    @Test(
        "newcomers are sent away for as long as the line is, once bookings wait too long",
        arguments: [(0, nil), (1_999, nil), (2_001, 3), (4_500, 5), (400_000, 30)])
    func pause(waitedMilliseconds: Int, seconds: Int?) throws {
        lines.heard([try booking(waited: .milliseconds(waitedMilliseconds))], at: now)
        #expect(lines.pauseSeconds(for: event) == seconds)
    }

    @Test("the last outcome counts, and one that is told again does not")
    func last() throws {
        lines.heard([try booking(waited: .seconds(9)), try booking(waited: .seconds(1))], at: now)
        #expect(lines.pauseSeconds(for: event) == nil)
        lines.heard([try booking(decided: .seconds(3600), waited: .seconds(9))], at: now)
        #expect(lines.pauseSeconds(for: event) == nil)
    }
}
