import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingWorker

@Suite struct LineAgendaTests {
    /// What is on the agenda, in order; a look at all finds `found`.
    private func items(
        _ agenda: LineAgenda, found: [EventID] = [], max: Int = 10
    ) -> [LineAgenda.Item] {
        var items: [LineAgenda.Item] = []
        while items.count < max, let item = agenda.next() {
            items.append(item)
            if item == .lookAtAll { agenda.found(found) }
        }
        return items
    }

    @Test("Nothing is done until time has passed or an event changed")
    func idle() async throws {
        let agenda = LineAgenda()
        #expect(agenda.next() == nil)
        let event = try TestEvents.event().id
        agenda.timeHasPassed()
        agenda.timeHasPassed()
        #expect(items(agenda, found: [event]) == [.lookAtAll, .add(event)])
        agenda.changed(event)
        agenda.changed(event)
        #expect(items(agenda) == [.look(event)])
    }

    @Test("An event that changed goes before all that are to be consumed, which keep their order")
    func order() async throws {
        let agenda = LineAgenda()
        let events = try (0..<3).map { _ in try TestEvents.event().id }
        let new = try TestEvents.event().id
        agenda.timeHasPassed()
        #expect(
            items(agenda, found: events, max: 2) == [.lookAtAll, .add(events[0])])
        agenda.changed(new)
        #expect(items(agenda) == [.look(new), .add(events[1]), .add(events[2])])
    }

    @Test("What was found of an event before it changed does not count")
    func stale() async throws {
        let agenda = LineAgenda()
        let events = try (0..<3).map { _ in try TestEvents.event().id }
        agenda.timeHasPassed()
        #expect(
            items(agenda, found: events, max: 1) == [.lookAtAll])
        agenda.changed(events[1])
        agenda.changed(events[0])
        #expect(items(agenda) == [.look(events[1]), .look(events[0]), .add(events[2])])
        // Nor what is found by a look that began before.
        agenda.timeHasPassed()
        #expect(agenda.next() == .lookAtAll)
        agenda.changed(events[0])
        agenda.found([events[0], events[1]])
        #expect(items(agenda) == [.look(events[0]), .add(events[1])])
    }

    @Test(
        "What shared a channel with a paused event goes on before all that is found, unless it changed"
    )
    func goingOn() async throws {
        let agenda = LineAgenda()
        let events = try (0..<4).map { _ in try TestEvents.event().id }
        agenda.timeHasPassed()
        #expect(items(agenda, found: [events[0]], max: 1) == [.lookAtAll])
        agenda.changed(events[1])
        #expect(agenda.changes == [events[1]])
        agenda.goOn(with: [events[1], events[2], events[3]])
        agenda.changed(events[3])
        #expect(
            items(agenda) == [
                .look(events[1]), .look(events[3]), .goOn(events[2]), .add(events[0]),
            ])
    }

    @Test("An event to be left goes before all else, for its channel stands still")
    func leaving() async throws {
        let agenda = LineAgenda()
        let events = try (0..<3).map { _ in try TestEvents.event().id }
        agenda.changed(events[0])
        agenda.leave(events[1])
        agenda.leave(events[2])
        #expect(items(agenda) == [.leave(events[1]), .leave(events[2]), .look(events[0])])
        var occasions = agenda.occasions.makeAsyncIterator()
        #expect(await occasions.next() != nil)
    }

    @Test("When too many have changed all are looked at instead")
    func many() async throws {
        let agenda = LineAgenda()
        let event = try TestEvents.event().id
        for _ in 0...LineAgenda.changesMax { agenda.changed(try TestEvents.event().id) }
        #expect(items(agenda, found: [event]) == [.lookAtAll, .add(event)])
    }

    @Test("Whoever waits is told once for all that came meanwhile")
    func occasions() async throws {
        let agenda = LineAgenda()
        agenda.timeHasPassed()
        agenda.changed(try TestEvents.event().id)
        var occasions = agenda.occasions.makeAsyncIterator()
        #expect(await occasions.next() != nil)
        #expect(items(agenda).count == 2)
        agenda.timeHasPassed()
        #expect(await occasions.next() != nil)
        #expect(items(agenda) == [.lookAtAll])
    }

    @Test(
        "A doubt is looked into once at a time; whatever comes of it, the event is looked at again")
    func doubts() async throws {
        let agenda = LineAgenda()
        let (new, other) = (try TestEvents.event().id, try TestEvents.event().id)
        agenda.doubt(new)
        agenda.doubt(new)
        agenda.doubt(other)
        var doubts = agenda.doubts.makeAsyncIterator()
        #expect(await doubts.next() == new)
        // Not even while it is looked into.
        agenda.doubt(new)
        #expect(await doubts.next() == other)
        agenda.timeHasPassed()
        #expect(agenda.resolve(new, isHindered: true))
        #expect(items(agenda) == [.look(new), .lookAtAll])
        #expect(!agenda.takeResolution(of: new))
        agenda.doubt(new)
        #expect(await doubts.next() == new)
        // It is news only once.
        #expect(!agenda.resolve(new, isHindered: true))
        #expect(items(agenda) == [.look(new)])
        agenda.doubt(new)
        #expect(!agenda.resolve(new, isHindered: false))
        #expect(items(agenda) == [.look(new)])
        #expect(agenda.takeResolution(of: new))
        #expect(!agenda.takeResolution(of: new))
        agenda.doubt(new)
        #expect(agenda.resolve(new, isHindered: true))
    }
}
