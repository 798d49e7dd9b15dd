import NIOCore
import Testing

@testable import BookingLoad

extension NIODeadline {
    /// So many milliseconds after the beginning of a made-up clock.
    static func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(0) + .seconds(1_000) + .milliseconds(milliseconds)
    }
}

@Suite("The pace of a load")
struct PacingTests {
    /// A warm-up of a tenth of a second, then a second that counts.
    static let configuration = LoadConfiguration(
        duration: .seconds(1), warmup: .milliseconds(100), patience: .seconds(2))
    static let window = LoadWindow(begin: .at(0), configuration)

    @Test("Requests of the open loop are due evenly, and no error adds up")
    func evenSchedule() {
        var schedule = ArrivalSchedule(rate: 3, from: .at(0), until: .at(1_000_000))
        var due: [NIODeadline] = []
        while let next = schedule.take(by: .at(1_000_000)) { due.append(next) }
        #expect(due.count == 3_000)
        #expect(due.first == .at(0))
        #expect(due[2_997] == .at(999_000))
    }

    @Test("Nothing is taken before it is due, and all of it when the clock has jumped")
    func dueOnly() {
        var schedule = ArrivalSchedule(rate: 100, from: .at(0), until: .at(1_000))
        #expect(schedule.take(by: .at(0)) == .at(0))
        #expect(schedule.take(by: .at(9)) == nil)
        #expect(schedule.next == .at(10))
        for place in 1...5 {
            #expect(schedule.take(by: .at(50)) == .at(Int64(place) * 10))
        }
        #expect(schedule.take(by: .at(50)) == nil)
    }

    @Test("A full line leaves out what comes, and counts it")
    func boundedLine() {
        var line = WaitingLine(max: 2)
        for place: Int64 in 0..<5 { line.add(dueAt: .at(place)) }
        #expect(line.leftOut == 3)
        #expect(line.takeFirst() == .at(0))
        line.add(dueAt: .at(5))
        #expect(line.takeFirst() == .at(1))
        line.abandon()
        #expect(line.leftOut == 4)
        #expect(line.takeFirst() == nil)
    }

    @Test("What was due in the warm-up or after the end does not count")
    func window() {
        #expect(!Self.window.counts(.at(99)))
        #expect(Self.window.counts(.at(100)))
        #expect(Self.window.counts(.at(1_099)))
        #expect(!Self.window.counts(.at(1_100)))
        #expect(Self.window.giveUpAt == .at(3_100))
        #expect(Self.window.second(of: .at(999)) == 0)
        #expect(Self.window.second(of: .at(1_000)) == 1)
    }

    @Test("Users come in one after the other over half of the warm-up")
    func starts() {
        #expect(Self.window.start(ofUser: 0, of: 50) == .at(0))
        #expect(Self.window.start(ofUser: 49, of: 50) == .at(49))
    }

    @Test("In the closed loop a request is due when its connection is free, until the end")
    func closedLoop() {
        var pacer = LoadPacer(.closed, window: Self.window)
        #expect(pacer.nextArrival == nil)
        #expect(pacer.next(at: .at(1_099)) == .at(1_099))
        #expect(!pacer.isExhausted(at: .at(1_099)))
        #expect(pacer.next(at: .at(1_100)) == nil)
        #expect(pacer.isExhausted(at: .at(1_100)))
    }

    @Test("In the open loop a request keeps the time it was due, however long it waits")
    func openLoop() {
        var pacer = LoadPacer(.open(rate: 100), window: Self.window)
        pacer.collect(until: .at(25))
        #expect(pacer.waiting == 3)
        #expect(pacer.next(at: .at(900)) == .at(0))
        #expect(pacer.next(at: .at(901)) == .at(10))
        #expect(pacer.next(at: .at(902)) == .at(20))
        #expect(pacer.next(at: .at(902)) == nil)
        #expect(pacer.nextArrival == .at(30))
    }

    @Test("The open loop is exhausted when nothing falls due any more and the line is empty")
    func openLoopEnds() {
        var pacer = LoadPacer(.open(rate: 10), window: Self.window)
        pacer.collect(until: .at(2_000))
        #expect(pacer.waiting == 11)
        #expect(!pacer.isExhausted(at: .at(2_000)))
        pacer.abandon()
        #expect(pacer.isExhausted(at: .at(2_000)))
        #expect(pacer.leftOut == 11)
    }

    @Test("Only so many connections are made at once; the others follow in their order")
    func ramp() {
        var ramp = ConnectionRamp(max: 2)
        #expect([0, 1, 2, 3].map { ramp.admit($0) } == [true, true, false, false])
        #expect(ramp.finished() == 2)
        #expect(ramp.finished() == 3)
        #expect(ramp.finished() == nil)
        #expect([4, 5].map { ramp.admit($0) } == [true, false])
    }
}
