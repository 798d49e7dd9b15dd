import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingBroker

@Suite("Which events are consumed on which channel")
struct ConsumptionPlanTests {
    /// A plan with two places, and three events of the first and one of the second, each consumed.
    private func plan() throws -> (ConsumptionPlan, events: [EventID], tags: [String]) {
        var plan = ConsumptionPlan(places: 2)
        let made = try (0..<64).map { _ in try TestEvents.event().id }
        let events =
            made.filter { plan.place(of: $0) == 0 }.prefix(3)
            + made.filter { plan.place(of: $0) == 1 }.prefix(1)
        plan.opened(1, at: 0)
        plan.opened(2, at: 1)
        let tags = try events.map {
            try plan.subscribe(to: $0, on: plan.place(of: $0) + 1).orThrow()
        }
        try #require(tags.count == 4)
        return (plan, Array(events), tags)
    }

    @Test("An event is consumed once; its tags have one width and never come again")
    func tags() throws {
        var (plan, events, tags) = try plan()
        #expect(plan.events == Set(events))
        #expect(plan.subscribe(to: events[0], on: 1) == nil)
        #expect(plan.ended(tags[0]) == events[0])
        #expect(plan.ended(tags[0]) == nil)
        #expect(!plan.consumes(events[0]))
        #expect(plan.take(tags[0], 1) == nil)
        let next = try plan.subscribe(to: events[0], on: 1).orThrow()
        #expect(!tags.contains(next) && next > tags[0] && next.count == tags[0].count)
    }

    @Test("A channel that is to be closed takes no more of any of its events; other channels do")
    func stopTaking() throws {
        var (plan, events, tags) = try plan()
        #expect(plan.take(tags[0], 1)?.event == events[0])
        let (channels, others) = plan.stopTaking([events[0], events[1]])
        #expect(channels == [1])
        #expect(others == [events[2]])
        #expect(tags[0...2].allSatisfy { plan.take($0, 2) == nil })
        #expect(plan.take(tags[3], 1)?.channel == 2)
        #expect(plan.events == [events[3]])
        #expect(plan.channel(at: 0) == nil && plan.channel(at: 1) == 2)
        // What is not consumed closes nothing.
        #expect(plan.stopTaking([events[0]]).channels.isEmpty)
    }

    @Test("A channel is settled once the last that was taken from it is acknowledged")
    func settled() throws {
        var (plan, events, tags) = try plan()
        #expect(plan.isSettled(1))
        _ = plan.take(tags[0], 1)
        _ = plan.take(tags[1], 2)
        _ = plan.stopTaking([events[0]])
        // Left to the broker, so not waited for.
        _ = plan.take(tags[1], 3)
        plan.acknowledged(DeliveryPlace(channel: 1, tag: 1))
        #expect(!plan.isSettled(1))
        plan.acknowledged(DeliveryPlace(channel: 1, tag: 2))
        #expect(plan.isSettled(1))
        _ = plan.take(tags[3], 1)
        plan.closed(2)
        #expect(plan.isSettled(2))
    }

    @Test("What was taken in vain is not waited for; its event has a place apart from then on")
    func halt() throws {
        var (plan, events, tags) = try plan()
        _ = plan.take(tags[0], 1)
        _ = plan.take(tags[1], 2)
        _ = plan.take(tags[0], 3)
        _ = plan.take(tags[2], 4)
        plan.halt(at: DeliveryPlace(channel: 1, tag: 3), of: events[0])
        #expect(tags[0...2].allSatisfy { plan.take($0, 5) == nil })
        #expect(plan.take(tags[3], 1)?.channel == 2)
        #expect(!plan.isSettled(1))
        plan.acknowledged(DeliveryPlace(channel: 1, tag: 2))
        #expect(plan.isSettled(1))
        let (channels, others) = plan.stopTaking([events[0]])
        #expect(channels == [1])
        #expect(others == [events[1], events[2]].sorted())
        plan.closed(1)
        // The others' place is a new channel's, on which all is taken.
        plan.opened(3, at: 0)
        #expect(plan.place(of: events[1]) == 0)
        let tag = try plan.subscribe(to: events[1], on: 3).orThrow()
        #expect(plan.take(tag, 1)?.event == events[1])
        #expect(plan.place(of: events[0]) == 2)
    }

    @Test("A first message that was taken in vain leaves nothing to wait for")
    func haltAtFirst() throws {
        var (plan, events, tags) = try plan()
        _ = plan.take(tags[0], 1)
        plan.halt(at: DeliveryPlace(channel: 1, tag: 1), of: events[0])
        #expect(plan.isSettled(1))
        plan.halt(at: DeliveryPlace(channel: 1, tag: 0), of: events[0])
        #expect(plan.isSettled(1))
    }

    @Test("Marks keep the last place of each channel")
    func marks() {
        var marks = DeliveryMarks(DeliveryPlace(channel: 1, tag: 3))
        for (channel, tag) in [(1, 4), (2, 1), (1, 5), (3, 9), (2, 2)] as [(Int, UInt64)] {
            marks.advance(to: DeliveryPlace(channel: channel, tag: tag))
        }
        #expect(marks.places.map(\.channel) == [1, 2, 3])
        #expect(marks.places.map(\.tag) == [5, 2, 9])
    }
}
