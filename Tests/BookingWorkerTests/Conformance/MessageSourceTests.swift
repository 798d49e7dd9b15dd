import BookingBroker
import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingWorker

/// What the worker relies on in the queues; the twin in memory and RabbitMQ are held to it alike.
@Suite("The queues of a shard", .timeLimit(.minutes(2)))
struct MessageSourceTests {
    @Test(
        "What is not acknowledged comes again, in order, before what came later",
        arguments: QueueKind.allCases)
    func order(_ kind: QueueKind) async throws {
        try await kind.with { world in
            let event = try await world.makeEvent()
            var bodies = try await world.publish(6, to: event)
            let first = try await world.source()
            try await first.add(event)
            let messages = try await first.take(6)
            #expect(messages.map(\.body) == bodies)
            #expect(messages.allSatisfy { !$0.isRedelivered && $0.event == event })
            try await first.acknowledge(upTo: DeliveryMarks(messages[1].place))
            await first.close()
            bodies += try await world.publish(2, to: event)
            let second = try await world.source()
            try await second.add(event)
            let again = try await second.take(6)
            #expect(again.map(\.body) == Array(bodies[2...]))
            #expect(again.map(\.isRedelivered) == [true, true, true, true, false, false])
            await second.close()
            try await world.untilWaiting(6, for: event)
        }
    }

    @Test(
        "No more of an event is in hand than may be, and the rest comes once that is done",
        arguments: QueueKind.allCases)
    func prefetch(_ kind: QueueKind) async throws {
        try await kind.with { world in
            let event = try await world.makeEvent()
            let limit = Int(ShardConsumer.prefetch)
            let bodies = try await world.publish(limit + 2, to: event)
            let source = try await world.source()
            try await source.add(event)
            let messages = try await source.take(limit)
            try await world.untilWaiting(2, for: event)
            #expect(try source.messagesAtHand(max: 10).isEmpty)
            try await source.acknowledge(upTo: DeliveryMarks(messages[1].place))
            #expect(try await source.take(2).map(\.body) == Array(bodies[limit...]))
            await source.close()
        }
    }

    @Test(
        "A second consumer gets nothing until the first has gone, and then what that one had",
        arguments: QueueKind.allCases)
    func singleActive(_ kind: QueueKind) async throws {
        try await kind.with { world in
            let event = try await world.makeEvent()
            let (first, second) = (try await world.source(), try await world.source())
            try await first.add(event)
            try await second.add(event)
            let bodies = try await world.publish(3, to: event)
            #expect(try await first.take(3).map(\.body) == bodies)
            #expect(try second.messagesAtHand(max: 10).isEmpty)
            await first.close()
            let messages = try await second.take(3)
            #expect(messages.map(\.body) == bodies)
            #expect(messages.allSatisfy { $0.isRedelivered })
            await second.close()
        }
    }

    @Test(
        "What is left comes again with all behind it, and its channel's other events go on",
        arguments: QueueKind.allCases)
    func leaving(_ kind: QueueKind) async throws {
        try await kind.with { world in
            let (event, other) = (try await world.makeEvent(), try await world.makeEvent())
            let source = try await world.source()
            try await source.add(event)
            try await source.add(other)
            let bodies = try await world.publish(3, to: event)
            let messages = try await source.take(3)
            try await source.acknowledge(upTo: DeliveryMarks(messages[0].place))
            source.leave(event, at: messages[1].place)
            let late = try await world.publish(2, to: other)
            #expect(await source.remove([event]) == [other])
            try await world.untilWaiting(2, for: event)
            try await source.add(other)
            #expect(try await source.take(2).map(\.body) == late)
            // It goes on where it was left, on a channel of its own.
            try await source.add(event)
            let again = try await source.take(2)
            #expect(again.map(\.body) == Array(bodies[1...]))
            #expect(again.allSatisfy { $0.place.channel != messages[1].place.channel })
            await source.close()
        }
    }

    @Test("What is put back stands behind all that waits", arguments: QueueKind.allCases)
    func putBack(_ kind: QueueKind) async throws {
        try await kind.with { world in
            let event = try await world.makeEvent()
            let limit = Int(ShardConsumer.prefetch)
            let bodies = try await world.publish(limit + 1, to: event)
            let source = try await world.source()
            try await source.add(event)
            let messages = try await source.take(limit)
            try await source.putBack(messages[0])
            let next = try await source.take(1)
            #expect(next.map(\.body) == [bodies[limit]])
            try await source.acknowledge(upTo: DeliveryMarks(next[0].place))
            let last = try await source.take(1)
            #expect(last.map(\.body) == [bodies[0]])
            #expect(last[0].isRedelivered)
            await source.close()
        }
    }

    @Test("A source that is closed gives and takes nothing more", arguments: QueueKind.allCases)
    func closed(_ kind: QueueKind) async throws {
        try await kind.with { world in
            let event = try await world.makeEvent()
            let source = try await world.source()
            try await source.add(event)
            #expect(source.isOpen)
            await source.close()
            #expect(!source.isOpen)
            await #expect(throws: BrokerError.self) { try await source.next(max: 1) }
            #expect(throws: BrokerError.self) { try source.messagesAtHand(max: 1) }
        }
    }
}
