import BookingDomain
import Testing

/// Arithmetic on what others wrote has an answer for everything.
@Suite struct ClampingTests {
    @Test(
        "A number with a fraction becomes the nearest whole one there is on its way to zero",
        arguments: [
            (0.0, 0), (-0.9, 0), (1.9, 1), (-1.9, -1), (.infinity, .max), (-.infinity, .min),
            (1e19, .max), (-1e19, .min), (0x1p63, .max), (-0x1p63, .min), (.nan, 0),
            (0x1.fffffffffffffp62, 0x7FFF_FFFF_FFFF_FC00),
        ] as [(Double, Int)])
    func whole(_ number: Double, _ expected: Int) {
        #expect(Int(clamping: number) == expected)
    }

    @Test("The time between any two instants is a duration, and has a whole number of any unit")
    func distances() {
        let first = Instant(microsecondsSinceEpoch: .min)
        let last = Instant(microsecondsSinceEpoch: .max)
        let span = last.duration(since: first)
        #expect(span == .microseconds(Int64.max) - .microseconds(Int64.min))
        #expect(first.duration(since: last) == .zero - span)
        #expect(span.clampedMilliseconds == 18_446_744_073_709_551)
        #expect(span.clampedNanoseconds == .max)
        #expect(first.duration(since: last).clampedNanoseconds == .min)
        #expect(Duration.milliseconds(-1500).clampedMilliseconds == -1500)
    }

    @Test("Places that overflow when they are added are no stock")
    func stock() {
        #expect(Stock(capacity: 2, available: .max, held: .max, confirmed: 4) == nil)
        #expect(Stock(capacity: .max, available: .max, held: 0, confirmed: 0) == nil)
        #expect(Stock(capacity: 3, available: 1, held: 1, confirmed: 1) != nil)
    }
}
