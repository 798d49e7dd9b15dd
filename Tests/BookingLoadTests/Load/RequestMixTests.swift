import Testing

@testable import BookingLoad

/// Goes evenly through all numbers, in strides.
private struct EvenGenerator: RandomNumberGenerator {
    private var state: UInt64 = 0

    mutating func next() -> UInt64 {
        // The golden ratio's share of the whole: its multiples are spread evenly.
        state &+= 0x9E37_79B9_7F4A_7C15
        return state
    }
}

@Suite("What requests are for")
struct RequestMixTests {
    private func shares(of popularity: EventPopularity) -> [Double] {
        var counts = Array(repeating: 0, count: popularity.events)
        for step in 0..<100_000 { counts[popularity.event(at: Double(step) / 100_000)] += 1 }
        return counts.map { Double($0) / 100_000 }
    }

    @Test("Without skew all events are wanted equally")
    func even() {
        for share in shares(of: EventPopularity(events: 8, skew: 0)) {
            #expect(abs(share - 0.125) < 0.001)
        }
    }

    @Test(
        "With Zipf's law the n-th is wanted an n-th as often as the first", arguments: [1.0, 2.0])
    func skewed(skew: Double) {
        let shares = shares(of: EventPopularity(events: 4, skew: skew))
        #expect(abs(shares[0] / shares[1] - (skew == 1 ? 2 : 4)) < 0.01)
        #expect(abs(shares[0] / shares[3] - (skew == 1 ? 4 : 16)) < 0.02)
        #expect(abs(shares.reduce(0, +) - 1) < 0.000_001)
    }

    @Test("Every share of a thousand events finds one, the ends too")
    func ends() {
        let popularity = EventPopularity(events: 1_000, skew: 1.1)
        #expect(popularity.event(at: 0) == 0)
        #expect(popularity.event(at: 1.0.nextDown) == 999)
    }

    @Test("So many requests are reads as were asked for", arguments: [0.0, 0.25, 1.0])
    func reads(share: Double) {
        let mix = RequestMix(LoadConfiguration(reads: share))
        var generator = EvenGenerator()
        var reads = 0
        for _ in 0..<10_000 where mix.next(using: &generator) == .read(event: 0) { reads += 1 }
        #expect(abs(Double(reads) / 10_000 - share) < 0.005)
    }
}
