import BookingDomain
import BookingStore
import BookingTestSupport
import Testing

@Suite("The database's time")
struct DatabaseTimeTests {
    @Test("It goes on from what the database said, by the time that passes here")
    func goesOn() {
        let heard = ContinuousClock.now
        let time = DatabaseTime(TestEvents.now, askedAt: heard, heardAt: heard)
        #expect(time.instant(at: heard) == TestEvents.now)
        #expect(
            time.instant(at: heard + .milliseconds(1500))
                == TestEvents.now.advanced(by: .milliseconds(1500)))
    }

    @Test(
        "Of two readings the nearer counts, and the newer when the database's clock went back",
        arguments: [
            // Heard sooner after it was said: nearer.
            (said: 1_000, asked: 1_000, heard: 1_001, expected: 999),
            // On its way for long, and so further off.
            (said: 1_000, asked: 999, heard: 1_030, expected: 1_000 - 5),
            // Behind, however long it was on its way.
            (said: 900, asked: 999, heard: 1_030, expected: 900 - 30),
        ])
    func followed(said: Int, asked: Int, heard: Int, expected: Int) {
        let start = ContinuousClock.now
        func at(_ milliseconds: Int) -> ContinuousClock.Instant {
            start + .milliseconds(milliseconds)
        }
        func instant(_ milliseconds: Int) -> Instant {
            TestEvents.now.advanced(by: .milliseconds(milliseconds))
        }
        let first = DatabaseTime(instant(0), askedAt: at(0), heardAt: at(5))
        let newer = DatabaseTime(instant(said), askedAt: at(asked), heardAt: at(heard))
        let time = first.followed(by: newer).instant(at: at(1_000))
        #expect(time == instant(expected))
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
