import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingWorker

@Suite("When held bookings are due")
struct ExpiryScheduleTests {
    private let event: EventID
    private let start = TestEvents.now

    init() throws { event = try TestEvents.event().id }

    private func at(_ seconds: Double) -> Instant { start.advanced(by: .seconds(seconds)) }

    /// What the schedule begins once that time has come.
    private func begun(
        by schedule: inout ExpirySchedule, at seconds: Double
    ) -> [ExpirySchedule.Action] {
        _ = schedule.advance(to: at(seconds))
        return schedule.begin()
    }

    private func heard(
        _ result: ExpirySchedule.Result, of event: EventID? = nil,
        by schedule: inout ExpirySchedule, at seconds: Double
    ) -> [ExpirySchedule.Action] {
        schedule.heard(result, of: event ?? self.event, at: at(seconds))
    }

    /// Whether there is something to expire directly then.
    private func isDirect(by schedule: inout ExpirySchedule, at seconds: Double) -> Bool {
        schedule.advance(to: at(seconds))
    }

    /// When what is taken of `events` to be expired directly was due.
    private func taken(
        of events: Set<EventID>, by schedule: inout ExpirySchedule, at seconds: Double
    ) -> [Instant] {
        schedule.takeDirect(events, at: at(seconds)).map(\.dueAt)
    }

    /// A schedule in which the event is due after ten seconds.
    private func waiting() -> ExpirySchedule {
        var schedule = ExpirySchedule()
        schedule.learn(event, .atLatest(at(10)))
        return schedule
    }

    /// One whose tick could not be published after ten seconds, so that its queue is looked at.
    private func watching() -> ExpirySchedule {
        var schedule = waiting()
        #expect(begun(by: &schedule, at: 10) == [.publishTick(event)])
        #expect(heard(.notPublished, of: event, by: &schedule, at: 10.1) == [.lookAtQueue(event)])
        return schedule
    }

    @Test("A tick is published when something is due, once, and not before")
    func due() {
        var schedule = waiting()
        #expect(begun(by: &schedule, at: 9.999_999) == [])
        #expect(begun(by: &schedule, at: 10) == [.publishTick(event)])
        #expect(begun(by: &schedule, at: 11) == [])
        #expect(heard(.published, of: event, by: &schedule, at: 11) == [])
        #expect(begun(by: &schedule, at: 60) == [])
    }

    @Test("The earliest time that a batch told counts, until one tells what is due next")
    func earliest() {
        var schedule = waiting()
        schedule.learn(event, .atLatest(at(20)))
        schedule.learn(event, .atLatest(at(5)))
        #expect(begun(by: &schedule, at: 4.9) == [])
        schedule.learn(event, .exactly(at(7)))
        #expect(begun(by: &schedule, at: 6.9) == [])
        #expect(begun(by: &schedule, at: 7) == [.publishTick(event)])
    }

    @Test("An event in which nothing is held any more is forgotten, wherever its tick is")
    func forgotten() {
        var schedule = waiting()
        schedule.learn(event, .exactly(nil))
        #expect(schedule.count == 0)
        #expect(begun(by: &schedule, at: 100) == [])
        var late = watching()
        late.learn(event, .exactly(nil))
        #expect(heard(.empty, of: event, by: &late, at: 11) == [])
        #expect(!isDirect(by: &late, at: 100))
        #expect(late.count == 0)
    }

    @Test("What a tick's batch tells goes before what is heard of its publishing later")
    func batchFirst() {
        for result in [ExpirySchedule.Result.published, .notPublished] {
            var schedule = waiting()
            #expect(begun(by: &schedule, at: 10) == [.publishTick(event)])
            schedule.learn(event, .exactly(at(30)))
            #expect(heard(result, of: event, by: &schedule, at: 11) == [])
            #expect(begun(by: &schedule, at: 29.9) == [])
            #expect(begun(by: &schedule, at: 30) == [.publishTick(event)])
        }
    }

    @Test("What is held while a tick is on its way is not forgotten: the tick's batch tells of it")
    func heldMeanwhile() {
        var schedule = waiting()
        _ = begun(by: &schedule, at: 10)
        schedule.learn(event, .atLatest(at(12)))
        _ = schedule.heard(.published, of: event, at: at(10))
        // Until the tick has come, nothing more is sent after it.
        #expect(begun(by: &schedule, at: 15) == [])
        schedule.learn(event, .exactly(at(12)))
        #expect(begun(by: &schedule, at: 15) == [.publishTick(event)])
    }

    @Test("A tick of which nothing is heard for a minute is published again")
    func lost() {
        var schedule = waiting()
        _ = begun(by: &schedule, at: 10)
        _ = schedule.heard(.published, of: event, at: at(10))
        #expect(begun(by: &schedule, at: 69.9) == [])
        #expect(begun(by: &schedule, at: 70) == [.publishTick(event)])
    }

    @Test("While a tick is not taken and its queue not empty, it is tried again, ever more seldom")
    func refused() {
        var schedule = waiting()
        var (now, waits) = (10.0, [Double]())
        _ = schedule.advance(to: at(now))
        let begun = schedule.begin()
        #expect(begun == [.publishTick(event)])
        for _ in 0..<6 {
            #expect(
                heard(.notPublished, of: event, by: &schedule, at: now) == [.lookAtQueue(event)])
            #expect(heard(.notEmpty, of: event, by: &schedule, at: now) == [])
            var wait = 0.0
            while true {
                wait += 0.25
                _ = schedule.advance(to: at(now + wait))
                if !schedule.begin().isEmpty { break }
            }
            now += wait
            waits.append(wait)
        }
        #expect(waits == [0.5, 1, 2, 4, 4, 4])
    }

    @Test("Once its queue was seen empty and what it had is in hand, what was due then expires")
    func direct() {
        var schedule = watching()
        #expect(heard(.empty, of: event, by: &schedule, at: 10.2) == [])
        #expect(!isDirect(by: &schedule, at: 11))
        #expect(taken(of: [event], by: &schedule, at: 11) == [])
        #expect(isDirect(by: &schedule, at: 11.2))
        #expect(schedule.direct == [event])
        // Asked for others, it keeps this one.
        #expect(taken(of: [EventID(bits: 1)], by: &schedule, at: 12) == [])
        let asked = schedule.direct
        // What is due since then may have been confirmed in time, in a command that nobody has seen.
        #expect(taken(of: asked, by: &schedule, at: 12) == [at(10.1)])
        #expect(schedule.direct.isEmpty)
        // Nothing more is done until that is committed, or for a minute, should it never be.
        #expect(begun(by: &schedule, at: 71.9) == [])
        #expect(begun(by: &schedule, at: 72) == [.publishTick(event)])
    }

    @Test("A batch that tells what is due next ends a direct expiry that was not begun")
    func directUndone() {
        var schedule = watching()
        _ = schedule.heard(.empty, of: event, at: at(10.2))
        #expect(isDirect(by: &schedule, at: 12))
        let asked = schedule.direct
        schedule.learn(event, .exactly(at(20)))
        #expect(schedule.direct.isEmpty)
        #expect(taken(of: asked, by: &schedule, at: 12) == [])
        #expect(begun(by: &schedule, at: 20) == [.publishTick(event)])
    }

    @Test("Of thousands that are due at once some are published at a time, in the order of time")
    func many() throws {
        var schedule = ExpirySchedule()
        var events: [EventID] = []
        for number in 0..<10_000 {
            let event = EventID(bits: UInt128(number + 1))
            events.append(event)
            schedule.learn(event, .atLatest(at(10 - Double(number) / 10_000)))
        }
        var underWay = begun(by: &schedule, at: 10)
        var published: [EventID] = []
        while let action = underWay.first {
            #expect(underWay.count <= ExpirySchedule.underWayMax)
            underWay.removeFirst()
            guard case .publishTick(let event) = action else { throw BadTestData() }
            published.append(event)
            underWay += schedule.heard(.published, of: event, at: at(10))
        }
        #expect(published == events.reversed())
    }

    @Test("An action of which nothing is heard takes up one place, and holds up nobody")
    func stuck() throws {
        var schedule = ExpirySchedule()
        for number in 0...ExpirySchedule.underWayMax {
            schedule.learn(EventID(bits: UInt128(number + 1)), .atLatest(at(10)))
        }
        let first = begun(by: &schedule, at: 10)
        #expect(first.count == ExpirySchedule.underWayMax)
        // One is heard of, and the last one's turn comes, though the others are stuck.
        guard case .publishTick(let event) = first[0] else { throw BadTestData() }
        let last = EventID(bits: UInt128(ExpirySchedule.underWayMax + 1))
        #expect(heard(.published, of: event, by: &schedule, at: 11) == [.publishTick(last)])
    }

    @Test("Whatever happens, an event with something held is heard of again")
    func neverForgotten() {
        let results: [ExpirySchedule.Result] = [.published, .notPublished, .empty, .notEmpty]
        for seed in 0..<4096 {
            var (schedule, now, draws) = (waiting(), 10.0, seed)
            var action = begun(by: &schedule, at: now).first
            for _ in 0..<6 {
                let draw = draws % 4
                draws /= 4
                now += 0.7
                if let event = action {
                    let isLook = event == .lookAtQueue(self.event)
                    let result = results[isLook ? 2 + draw % 2 : draw % 2]
                    action = schedule.heard(result, of: self.event, at: at(now)).first
                } else if draw == 3 {
                    schedule.learn(event, .atLatest(at(now)))
                } else if draw == 2 {
                    _ = schedule.advance(to: at(now))
                    _ = schedule.takeDirect(schedule.direct, at: at(now))
                } else {
                    action = begun(by: &schedule, at: now).first
                }
            }
            let isInHand = action != nil
            let isHeardOf = schedule.advance(to: at(now + 61)) || !schedule.begin().isEmpty
            #expect(isInHand || isHeardOf, "draws \(seed)")
        }
    }
}
