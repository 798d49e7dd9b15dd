import BookingDomain
import BookingStore
import BookingTestSupport
import Testing

@Suite("The database's time")
struct DatabaseTimeTests {
    @Test("It goes on from what the database said, by the time that passes here")
    func goesOn() {
        let heard = ContinuousClock.now
        let time = DatabaseTime(TestEvents.now, heardAt: heard)
        #expect(time.instant(at: heard) == TestEvents.now)
        #expect(
            time.instant(at: heard + .milliseconds(1500))
                == TestEvents.now.advanced(by: .milliseconds(1500)))
    }

    @Test("An instant beyond all others is the last there is")
    func saturates() {
        let last = Instant(microsecondsSinceEpoch: .max)
        #expect(last.advanced(by: .seconds(1)) == last)
        let first = Instant(microsecondsSinceEpoch: .min)
        #expect(first.advanced(by: .seconds(-1)) == first)
        #expect(first.advanced(by: .seconds(Int64.max)) < last)
    }
}
