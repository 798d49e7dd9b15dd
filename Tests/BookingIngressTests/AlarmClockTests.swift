import Synchronization
import Testing

@testable import BookingIngress

struct AlarmClockTests {
    private let alarms = AlarmClock()

    @Test("an alarm rings when its time is over, not before, and those due at once all ring")
    func rings() async {
        async let _: Void = alarms.run()
        let start = ContinuousClock.now
        await withTaskGroup(of: Duration.self) { group in
            for delay in [0, 30, 30, 60] {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        _ = alarms.set(after: .milliseconds(delay)) { continuation.resume() }
                    }
                    return ContinuousClock.now - start - .milliseconds(delay)
                }
            }
            for await late in group { #expect(late >= .zero) }
        }
    }

    @Test("an alarm that was cleared does not ring, and tells whether it had rung")
    func clears() async {
        async let _: Void = alarms.run()
        let rung = Mutex<[String]>([])
        let cleared = alarms.set(after: .seconds(60)) { rung.withLock { $0.append("cleared") } }
        #expect(alarms.clear(cleared))
        #expect(!alarms.clear(cleared))
        let alarm = Mutex<AlarmClock.Alarm?>(nil)
        await withCheckedContinuation { continuation in
            let set = alarms.set(after: .milliseconds(1)) {
                rung.withLock { $0.append("rang") }
                continuation.resume()
            }
            alarm.withLock { $0 = set }
        }
        #expect(alarm.withLock { $0 }.map { alarms.clear($0) } == false)
        #expect(rung.withLock { $0 } == ["rang"])
    }
}
