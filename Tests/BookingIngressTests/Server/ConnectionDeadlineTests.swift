import NIOCore
import Testing

@testable import BookingIngress

struct ConnectionDeadlineTests {
    /// Notes that its time has passed.
    private final class Waiting: ExpiringConnection {
        var passed = 0

        func timePassed(isCrowded: Bool) { passed += 1 }
    }

    private static let start = NIODeadline.uptimeNanoseconds(0)

    @Test("a connection is told when its deadline has passed, and not before")
    func passes() {
        let deadlines = ConnectionDeadlines()
        let (early, late) = (Waiting(), Waiting())
        let places = [early, late].map { deadlines.add($0) }
        deadlines.set(ConnectionDeadline(Self.start + .seconds(1)), at: places[0])
        deadlines.set(ConnectionDeadline(Self.start + .seconds(2)), at: places[1])
        deadlines.look(at: Self.start + .milliseconds(999), isCrowded: false)
        #expect((early.passed, late.passed) == (0, 0))
        deadlines.look(at: Self.start + .seconds(1), isCrowded: false)
        #expect((early.passed, late.passed) == (1, 0))
    }

    @Test("the shorter deadline counts when there is no room")
    func crowded() {
        let deadlines = ConnectionDeadlines()
        let waiting = Waiting()
        let deadline = ConnectionDeadline(
            Self.start + .seconds(9), whenCrowded: Self.start + .seconds(1))
        deadlines.set(deadline, at: deadlines.add(waiting))
        deadlines.look(at: Self.start + .seconds(2), isCrowded: false)
        #expect(waiting.passed == 0)
        deadlines.look(at: Self.start + .seconds(2), isCrowded: true)
        #expect(waiting.passed == 1)
    }

    @Test("a place that was given up is used again, and tells nobody in between")
    func places() {
        let deadlines = ConnectionDeadlines()
        let (gone, next) = (Waiting(), Waiting())
        let place = deadlines.add(gone)
        deadlines.set(ConnectionDeadline(Self.start), at: place)
        deadlines.remove(place)
        deadlines.remove(place)
        deadlines.look(at: Self.start, isCrowded: false)
        #expect(deadlines.add(next) == place)
        deadlines.look(at: Self.start + .seconds(99), isCrowded: true)
        #expect((gone.passed, next.passed) == (0, 0))
    }
}
