import Synchronization
import Testing

@testable import BookingIngress

struct AlarmWheelTests {
    /// The names of the alarms that have rung.
    private final class Rung: Sendable {
        let names = Mutex<[Int]>([])
    }

    private let rung = Rung()

    /// Lets the time pass up to a tick; gives what rings, in the order of names.
    private func pass(_ wheel: inout AlarmWheel, _ tick: Int64) -> [Int] {
        for ring in wheel.pass(tick) { ring() }
        return rung.names.withLock { names in
            defer { names = [] }
            return names.sorted()
        }
    }

    private func set(_ name: Int, _ wheel: inout AlarmWheel, for tick: Int64) -> AlarmWheel.Place {
        wheel.set(for: tick) { [rung] in rung.names.withLock { $0.append(name) } }
    }

    @Test("an alarm of a later turn does not ring in this one")
    func turns() {
        var wheel = AlarmWheel()
        let turn = Int64(AlarmWheel.slotCount)
        _ = set(1, &wheel, for: 5)
        _ = set(2, &wheel, for: 5 + turn)
        _ = set(3, &wheel, for: 5 + 2 * turn)
        #expect(pass(&wheel, 5) == [1])
        #expect(pass(&wheel, 4 + turn) == [])
        #expect(pass(&wheel, 5 + 3 * turn) == [2, 3])
        #expect(wheel.count == 0)
    }

    @Test("an alarm for a tick that has passed rings at the next")
    func late() {
        var wheel = AlarmWheel()
        _ = pass(&wheel, 10)
        _ = set(1, &wheel, for: 3)
        #expect(pass(&wheel, 10) == [])
        #expect(pass(&wheel, 11) == [1])
    }

    @Test("what was cleared does not ring, and a place that is another's now clears nothing")
    func cleared() {
        var wheel = AlarmWheel()
        let first = set(1, &wheel, for: 5)
        let isCleared = wheel.clear(first)
        let second = set(2, &wheel, for: 5)
        let isClearedAgain = wheel.clear(first)
        #expect(isCleared && !isClearedAgain)
        #expect(pass(&wheel, 5) == [2])
        let isClearedLate = wheel.clear(second)
        #expect(!isClearedLate)
    }

    @Test("what is due rings once, whatever is set and cleared", arguments: [1, 2, 3] as [UInt64])
    func anyOrder(seed: UInt64) {
        var random = SplitMix(state: seed)
        var (wheel, now) = (AlarmWheel(), Int64(0))
        var waiting: [Int: (tick: Int64, place: AlarmWheel.Place)] = [:]
        for name in 0..<5_000 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let tick = Int64.random(in: now...(now + 5_000), using: &random)
                waiting[name] = (max(tick, now), set(name, &wheel, for: tick))
            case 2:
                guard let (name, alarm) = waiting.randomElement(using: &random) else { continue }
                waiting[name] = nil
                let isCleared = wheel.clear(alarm.place)
                #expect(isCleared)
            default:
                let tick = now + Int64.random(in: 0..<20, using: &random)
                let due = waiting.filter { $0.value.tick <= tick }.keys.sorted()
                for name in due { waiting[name] = nil }
                #expect(pass(&wheel, tick) == due)
                now = tick + 1
            }
            #expect(wheel.count == waiting.count)
        }
    }
}
