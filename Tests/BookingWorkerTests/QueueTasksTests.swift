import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingWorker

@Suite struct QueueTasksTests {
    /// What is on the tasks, in order; a look at all finds `found`.
    private func items(
        _ tasks: QueueTasks, found: [EventID] = [], max: Int = 10
    ) -> [QueueTasks.Item] {
        var items: [QueueTasks.Item] = []
        while items.count < max, let item = tasks.next() {
            items.append(item)
            if item == .lookAtAll { tasks.found(found) }
        }
        return items
    }

    @Test("Nothing is done until time has passed or an event changed")
    func idle() async throws {
        let tasks = QueueTasks()
        #expect(tasks.next() == nil)
        let event = try TestEvents.event().id
        tasks.timeHasPassed()
        tasks.timeHasPassed()
        #expect(items(tasks, found: [event]) == [.lookAtAll, .add(event)])
        tasks.changed(event)
        tasks.changed(event)
        #expect(items(tasks) == [.look(event)])
    }

    @Test("An event that changed goes before all that are to be consumed, which keep their order")
    func order() async throws {
        let tasks = QueueTasks()
        let events = try (0..<3).map { _ in try TestEvents.event().id }
        let new = try TestEvents.event().id
        tasks.timeHasPassed()
        #expect(
            items(tasks, found: events, max: 2) == [.lookAtAll, .add(events[0])])
        tasks.changed(new)
        #expect(items(tasks) == [.look(new), .add(events[1]), .add(events[2])])
    }

    @Test("What was found of an event before it changed does not count")
    func stale() async throws {
        let tasks = QueueTasks()
        let events = try (0..<3).map { _ in try TestEvents.event().id }
        tasks.timeHasPassed()
        #expect(
            items(tasks, found: events, max: 1) == [.lookAtAll])
        tasks.changed(events[1])
        tasks.changed(events[0])
        #expect(items(tasks) == [.look(events[1]), .look(events[0]), .add(events[2])])
        // Nor what is found by a look that began before.
        tasks.timeHasPassed()
        #expect(tasks.next() == .lookAtAll)
        tasks.changed(events[0])
        tasks.found([events[0], events[1]])
        #expect(items(tasks) == [.look(events[0]), .add(events[1])])
    }

    @Test(
        "What shared a channel with a paused event goes on before all that is found, unless it changed"
    )
    func goingOn() async throws {
        let tasks = QueueTasks()
        let events = try (0..<4).map { _ in try TestEvents.event().id }
        tasks.timeHasPassed()
        #expect(items(tasks, found: [events[0]], max: 1) == [.lookAtAll])
        tasks.changed(events[1])
        #expect(tasks.changes == [events[1]])
        tasks.goOn(with: [events[1], events[2], events[3]])
        tasks.changed(events[3])
        #expect(
            items(tasks) == [
                .look(events[1]), .look(events[3]), .goOn(events[2]), .add(events[0]),
            ])
    }

    @Test("An event to be left goes before all else, for its channel stands still")
    func leaving() async throws {
        let tasks = QueueTasks()
        let events = try (0..<3).map { _ in try TestEvents.event().id }
        tasks.changed(events[0])
        tasks.leave(events[1])
        tasks.leave(events[2])
        #expect(items(tasks) == [.leave(events[1]), .leave(events[2]), .look(events[0])])
        var occasions = tasks.occasions.makeAsyncIterator()
        #expect(await occasions.next() != nil)
    }

    @Test("When too many have changed all are looked at instead")
    func many() async throws {
        let tasks = QueueTasks()
        let event = try TestEvents.event().id
        for _ in 0...QueueTasks.changesMax { tasks.changed(try TestEvents.event().id) }
        #expect(items(tasks, found: [event]) == [.lookAtAll, .add(event)])
    }

    @Test("Whoever waits is told once for all that came meanwhile")
    func occasions() async throws {
        let tasks = QueueTasks()
        tasks.timeHasPassed()
        tasks.changed(try TestEvents.event().id)
        var occasions = tasks.occasions.makeAsyncIterator()
        #expect(await occasions.next() != nil)
        #expect(items(tasks).count == 2)
        tasks.timeHasPassed()
        #expect(await occasions.next() != nil)
        #expect(items(tasks) == [.lookAtAll])
    }

    @Test(
        "A doubt is looked into once at a time; whatever comes of it, the event is looked at again")
    func doubts() async throws {
        let tasks = QueueTasks()
        let (new, other) = (try TestEvents.event().id, try TestEvents.event().id)
        tasks.doubt(new)
        tasks.doubt(new)
        tasks.doubt(other)
        var doubts = tasks.doubts.makeAsyncIterator()
        #expect(await doubts.next() == new)
        // Not even while it is looked into.
        tasks.doubt(new)
        #expect(await doubts.next() == other)
        tasks.timeHasPassed()
        #expect(tasks.resolve(new, isHindered: true))
        #expect(items(tasks) == [.look(new), .lookAtAll])
        #expect(!tasks.takeResolution(of: new))
        tasks.doubt(new)
        #expect(await doubts.next() == new)
        // It is news only once.
        #expect(!tasks.resolve(new, isHindered: true))
        #expect(items(tasks) == [.look(new)])
        tasks.doubt(new)
        #expect(!tasks.resolve(new, isHindered: false))
        #expect(items(tasks) == [.look(new)])
        #expect(tasks.takeResolution(of: new))
        #expect(!tasks.takeResolution(of: new))
        tasks.doubt(new)
        #expect(tasks.resolve(new, isHindered: true))
    }
}
