import Testing

@testable import BookingScale

@Suite("A worker's place in the fleet")
struct WorkerSlotTests {
    private let now = ContinuousClock.now
    private let stopMax = Duration.seconds(20)

    private func running(since: Duration = .zero) -> WorkerSlot {
        var slot = WorkerSlot()
        #expect(slot.want(true, at: now, stopMax: stopMax) == nil)
        #expect(slot.look(at: now) == .start)
        slot.started(pid: 7, at: now)
        #expect(slot.isRunning)
        #expect(slot.pid == 7)
        return slot
    }

    @Test("Wanted, it is started at once, and only once")
    func start() {
        var slot = WorkerSlot()
        #expect(slot.look(at: now) == nil)
        #expect(!slot.isRunning)
        slot = running()
        #expect(slot.want(true, at: now, stopMax: stopMax) == nil)
        #expect(slot.look(at: now + .seconds(60)) == nil)
        slot.started(pid: 8, at: now)
        #expect(slot.pid == 7)
    }

    @Test("What dies young waits longer each time, up to the most; a long life forgets it")
    func backoff() {
        var slot = running()
        var now = now
        for wait in [1, 2, 4, 8, 10, 10] {
            now += .seconds(1)
            #expect(slot.died(at: now) == .seconds(wait))
            #expect(slot.pid == nil)
            #expect(slot.look(at: now + .seconds(wait) - .milliseconds(1)) == nil)
            now += .seconds(wait)
            #expect(slot.look(at: now) == .start)
            slot.started(pid: 7, at: now)
        }
        now += ScaleLimits.shortLife
        #expect(slot.died(at: now) == .zero)
        #expect(slot.look(at: now) == .start)
        slot.started(pid: 9, at: now)
        #expect(slot.died(at: now) == .seconds(1))
    }

    @Test("A start that fails counts as a death")
    func failedStart() {
        var slot = WorkerSlot()
        _ = slot.want(true, at: now, stopMax: stopMax)
        #expect(slot.died(at: now) == .seconds(1))
        #expect(slot.died(at: now) == .seconds(2))
    }

    @Test("No longer wanted, it is asked to end, and killed once when it takes too long")
    func stop() {
        var slot = running()
        #expect(slot.want(false, at: now, stopMax: stopMax) == .terminate(pid: 7))
        #expect(!slot.isRunning)
        #expect(slot.want(false, at: now, stopMax: stopMax) == nil)
        #expect(slot.look(at: now + .seconds(19)) == nil)
        #expect(slot.look(at: now + stopMax) == .kill(pid: 7))
        #expect(slot.look(at: now + stopMax * 2) == nil)
        #expect(slot.died(at: now + stopMax * 2) == nil)
        #expect(slot.state == .empty)
        #expect(slot.died(at: now) == nil)
    }

    @Test("Wanted again while it ends, another is started when it has ended")
    func wantedAgain() {
        var slot = running()
        _ = slot.want(false, at: now, stopMax: stopMax)
        #expect(slot.want(true, at: now, stopMax: stopMax) == nil)
        #expect(slot.died(at: now) == .zero)
        #expect(slot.look(at: now) == .start)
    }

    @Test("No longer wanted while it waits for its start, it stays empty")
    func changedMind() {
        var slot = running()
        #expect(slot.died(at: now) == .seconds(1))
        #expect(slot.want(false, at: now, stopMax: stopMax) == nil)
        #expect(slot.look(at: now + .seconds(60)) == nil)
        #expect(slot.state == .empty)
        #expect(slot.want(false, at: now, stopMax: stopMax) == nil)
    }
}
