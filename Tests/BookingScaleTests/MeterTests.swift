import BookingDomain
import Testing

@testable import BookingScale

@Suite("What is measured")
struct MeterTests {
    private func reading(_ commands: Int64, _ messages: Int64, owner: String? = "w") -> ShardReading
    {
        ShardReading(
            owner: owner, commands: commands, messages: messages, waited: .milliseconds(700))
    }

    @Test("Commands that wait are the messages times what messages held lately")
    func commandsPerMessage() {
        var meter = ShardMeter()
        meter.observe(reading(0, 0), waiting: 10, after: .zero)
        #expect(meter.backlog == 10, "one in each, until it is known")
        meter.observe(reading(2000, 100), waiting: 10, after: .seconds(1))
        #expect(meter.backlog == 200)
        meter.observe(reading(2000, 100), waiting: 5, after: .seconds(1))
        #expect(meter.backlog == 100, "idle, it is remembered")
        for second in 1...60 {
            meter.observe(
                reading(2000 + 200 * Int64(second), 100 + 100 * Int64(second)), waiting: 10,
                after: .seconds(1))
        }
        #expect((20...21).contains(meter.backlog))
    }

    @Test("The age is what the last batch had waited, and grows while nothing is decided")
    func age() {
        var meter = ShardMeter()
        meter.observe(reading(0, 0), waiting: 10, after: .zero)
        meter.observe(reading(5, 5), waiting: 5, after: .seconds(1))
        #expect(meter.oldest == .milliseconds(700))
        meter.observe(reading(5, 5), waiting: 5, after: .seconds(2))
        #expect(meter.oldest == .milliseconds(2700))
        meter.observe(reading(10, 10), waiting: 0, after: .seconds(1))
        #expect(meter.oldest == .zero)
    }

    @Test("A database set back to zero teaches nothing")
    func reset() {
        var meter = ShardMeter()
        meter.observe(reading(5000, 50), waiting: 0, after: .zero)
        meter.observe(reading(0, 0), waiting: 0, after: .seconds(1))
        #expect(meter.decided == 0)
        #expect(meter.arrivals == 0)
    }

    /// A worker's shards after two readings a second apart.
    private func shards(
        _ count: Int, decided: Int64, waiting: Int, owners: [String] = ["a", "a"]
    ) -> [ShardMeter] {
        (0..<count).map { _ in
            var meter = ShardMeter()
            meter.observe(reading(0, 0, owner: owners[0]), waiting: waiting, after: .zero)
            meter.observe(
                reading(decided, decided, owner: owners[1]), waiting: waiting, after: .seconds(1))
            return meter
        }
    }

    @Test("A worker shows its rate over all its shards while it has enough to do")
    func busy() {
        var rate = WorkerRate(assumed: 2000)
        #expect(!rate.isMeasured)
        rate.observe(shards(3, decided: 300, waiting: 1000), after: .seconds(1))
        #expect(rate.isMeasured)
        #expect(rate.value == 900)
        rate.observe(shards(3, decided: 300, waiting: 1000), after: .zero)
        #expect(rate.value == 900)
    }

    @Test("One with little to do shows nothing, unless it is quicker than was thought")
    func idle() {
        var rate = WorkerRate(assumed: 2000)
        rate.observe(shards(3, decided: 300, waiting: 10), after: .seconds(1))
        #expect(!rate.isMeasured)
        rate.observe(shards(3, decided: 1000, waiting: 0), after: .seconds(1))
        #expect(rate.value == 3000)
    }

    @Test("Nor does one that stands still, nor shards that change hands")
    func stalled() {
        var rate = WorkerRate(assumed: 2000)
        rate.observe(shards(3, decided: 0, waiting: 100_000), after: .seconds(1))
        rate.observe(
            shards(3, decided: 3000, waiting: 1000, owners: ["a", "b"]), after: .seconds(1))
        #expect(!rate.isMeasured)
    }

    @Test("What is old fades: in the half-life to a half")
    func fading() {
        #expect(Duration.zero.fading == 1)
        #expect(ScaleLimits.halfLife.fading == 0.5)
        var smoothed = Smoothed()
        smoothed.add(100, after: ScaleLimits.halfLife)
        #expect(smoothed.value == 50)
    }
}
