import AMQP
import BookingBroker
import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingWorker

/// What a worker does with what only another version of the program can read.
@Suite("Parking", .timeLimit(.minutes(1))) struct ParkingTests {
    /// A message with a command of a kind that this program does not know.
    private static func unknown(_ key: BookingKey, for event: EventID) -> String {
        #"{"eventId": "\#(event)", "commands": [{"kind": "promote", "bookingKey": "\#(key)"}]}"#
    }

    @Test("A kind that is not known stays in its line with all behind it; all before it is decided")
    func parked() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [10])
            let before = try TestEvents.book(event)
            try await worker.publisher.publish([before], to: event)
            let key = try TestEvents.key(for: event)
            try await worker.publishRaw(Self.unknown(key, for: event), to: event)
            for _ in 0..<3 {
                try await worker.publisher.publish([TestEvents.book(event)], to: event)
            }
            let condition = try #require(worker.service.conditions.first)
            try await eventually { condition.shortcoming != nil }
            #expect(try await worker.outcomes(of: event, count: 1).map(\.key) == [before.key])
            // Nothing is in anybody's hands: all four are in the queue, ready for another worker.
            try await eventually { try await worker.waiting(for: event) == 4 }
            #expect(try await worker.stored(event).map(\.key) == [before.key])
            #expect(condition.current == .serving)
        }
    }

    @Test("A message type that is not known parks its event, and no other event's waits")
    func neighbours() async throws {
        try await TestWorker.with { worker in
            // More events than channels, so that some share one with the parked event.
            var events: [EventID] = []
            for _ in 0...2 * ShardConsumer.channelsMax {
                events.append(try await worker.makeEvent(capacities: [100]))
            }
            let parked = events[0]
            for event in events {
                try await worker.publisher.publish([TestEvents.book(event)], to: event)
            }
            for event in events { _ = try await worker.outcomes(of: event, count: 1) }
            try await worker.publishRaw("something", to: parked, type: "booking.commands.v2")
            var keys: [EventID: [BookingKey]] = [:]
            for _ in 0..<5 {
                for event in events {
                    let command = try TestEvents.book(event)
                    keys[event, default: []].append(command.key)
                    try await worker.publisher.publish([command], to: event)
                }
            }
            for event in events.dropFirst() {
                let outcomes = try await worker.outcomes(of: event, count: 6)
                #expect(outcomes.dropFirst().map(\.key) == keys[event])
                #expect(outcomes.map(\.sequence) == Array(1...6))
            }
            #expect(try await worker.stored(parked).count == 1)
        }
    }

    @Test("A worker that is told to bury what it does not know does, and its bookings fail")
    func buried() async throws {
        try await TestWorker.with(acceptance: MessageAcceptance(unknown: .bury)) { worker in
            let event = try await worker.makeEvent(capacities: [10])
            let key = try TestEvents.key(for: event)
            try await worker.publishRaw(Self.unknown(key, for: event), to: event)
            try await worker.publishRaw("something", to: event, type: "booking.commands.v2")
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            let outcomes = try await worker.outcomes(of: event, count: 2)
            #expect(outcomes.map(\.status) == [.failed, .confirmed])
            #expect(outcomes.first?.key == key)
        }
    }

    @Test("A parked event goes on with the worker that knows more, in order and with nothing twice")
    func nextVersion() async throws {
        try await TestWorker.with(started: false) { worker in
            let event = try await worker.makeEvent(capacities: [10])
            let key = try TestEvents.key(for: event)
            try await worker.publishRaw(Self.unknown(key, for: event), to: event)
            let behind = try (0..<3).map { _ in try TestEvents.book(event) }
            for command in behind { try await worker.publisher.publish([command], to: event) }
            let condition = try #require(worker.service.conditions.first)
            let old = Task { try await worker.service.run() }
            try await eventually { condition.shortcoming != nil }
            old.cancel()
            _ = await old.result
            #expect(condition.shortcoming == nil)
            // To this one nothing is unknown, in its way.
            let next = TestWorker.makeService(
                worker.databases, worker.broker, name: "next",
                acceptance: MessageAcceptance(unknown: .bury))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await next.run() }
                let outcomes = try await worker.outcomes(of: event, count: 4)
                #expect(outcomes.map(\.key) == [key] + behind.map(\.key))
                #expect(try await worker.stored(event) == outcomes)
                group.cancelAll()
            }
        }
    }
}

@Suite("Parked events") struct ParkedEventsTests {
    private let now = ContinuousClock.now

    @Test("An event is left alone for some time, and then tried")
    func tried() throws {
        let parked = ParkedEvents()
        let event = try TestEvents.event().id
        #expect(parked.mayConsume(event, at: now))
        parked.park(event, at: now)
        #expect(!parked.mayConsume(event, at: now))
        #expect(!parked.mayConsume(event, at: now + WorkerLimits.parkingTime - .seconds(1)))
        #expect(parked.mayConsume(event, at: now + WorkerLimits.parkingTime))
        #expect(parked.count == 1)
        parked.park(event, at: now + WorkerLimits.parkingTime)
        #expect(!parked.mayConsume(event, at: now + WorkerLimits.parkingTime))
    }

    @Test("What is consumed at two looks after it was tried is parked no longer")
    func released() throws {
        let parked = ParkedEvents()
        let event = try TestEvents.event().id
        parked.park(event, at: now)
        #expect(parked.look(consumed: [event], wanted: [event]).isEmpty)
        #expect(parked.mayConsume(event, at: now + WorkerLimits.parkingTime))
        #expect(parked.look(consumed: [event], wanted: [event]).isEmpty)
        #expect(parked.look(consumed: [], wanted: [event]).isEmpty)
        #expect(parked.count == 1)
        #expect(parked.look(consumed: [event], wanted: [event]) == [event])
        #expect(parked.count == 0)
    }

    @Test("What was parked once more meanwhile is not released")
    func parkedAgain() throws {
        let parked = ParkedEvents()
        let event = try TestEvents.event().id
        parked.park(event, at: now)
        #expect(parked.mayConsume(event, at: now + WorkerLimits.parkingTime))
        #expect(parked.look(consumed: [event], wanted: [event]).isEmpty)
        parked.park(event, at: now)
        #expect(parked.look(consumed: [event], wanted: [event]).isEmpty)
        #expect(parked.count == 1)
    }

    @Test("An event that is not to be consumed any more is forgotten")
    func unwanted() throws {
        let parked = ParkedEvents()
        let event = try TestEvents.event().id
        parked.park(event, at: now)
        #expect(parked.look(consumed: [], wanted: []).isEmpty)
        #expect(parked.count == 0)
        #expect(parked.mayConsume(event, at: now))
    }
}
