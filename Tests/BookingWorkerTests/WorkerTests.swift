import AMQP
import BookingBroker
import BookingDomain
import BookingMessages
import BookingStore
import BookingTestSupport
import Postgres
import Testing

@testable import BookingWorker

@Suite struct WorkerTests {
    @Test("Fifty commands for ten seats: ten confirmed, forty sold out, in the order of the line")
    func soldOut() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [10])
            var keys: [BookingKey] = []
            for _ in 0..<10 {
                let commands = try (0..<5).map { _ in try TestEvents.book(event) }
                keys += commands.map(\.key)
                try await worker.publisher.publish(commands, to: event)
            }
            let outcomes = try await worker.outcomes(of: event, count: 50)
            #expect(outcomes.map(\.key) == keys)
            #expect(outcomes.map(\.sequence) == Array(1...50))
            #expect(outcomes.prefix(10).allSatisfy { $0.status == .confirmed })
            #expect(outcomes.dropFirst(10).allSatisfy { $0.reason == .soldOut })
            #expect(try await worker.stored(event) == outcomes)
        }
    }

    @Test("Events of every shard are served, and a new one is noticed at once")
    func shards() async throws {
        try await TestWorker.with(shards: 2) { worker in
            try await eventually {
                worker.service.conditions.allSatisfy { $0.current == .serving }
            }
            for shard in [0, 1, 0] {
                let event = try await worker.makeEvent(shard: shard, capacities: [3])
                let start = ContinuousClock.now
                try await worker.publisher.publish([TestEvents.book(event)], to: event)
                let outcomes = try await worker.outcomes(of: event, count: 1)
                #expect(outcomes.first?.status == .confirmed)
                // Sooner than the list of events would have been read again.
                #expect(ContinuousClock.now - start < WorkerLimits.discoveryInterval)
            }
        }
    }

    @Test("A command that comes again is applied once, and its outcome is published again")
    func repeated() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [10])
            let command = try TestEvents.book(event)
            for count in 1...3 {
                try await worker.publisher.publish([command, command], to: event)
                let outcomes = try await worker.outcomes(of: event, count: count)
                #expect(Set(outcomes).count == 1)
            }
            #expect(try await worker.stored(event).count == 1)
        }
    }

    @Test("A command that comes again when nobody expects it is still applied once")
    func repeatedUnexpectedly() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [10])
            let first = try TestEvents.book(event)
            try await worker.publisher.publish([first], to: event)
            let original = try await worker.outcomes(of: event, count: 1)
            // From then on commands are not looked up before they are decided.
            try await Task.sleep(for: WorkerLimits.recallDuration + .milliseconds(200))
            let others = try (0..<2).map { _ in try TestEvents.book(event) }
            try await worker.publisher.publish([others[0], first, others[1]], to: event)
            let outcomes = try await worker.outcomes(of: event, count: 4)
            #expect(outcomes.filter { $0.key == first.key } == original + original)
            let stored = try await worker.stored(event)
            #expect(stored.map(\.key) == [first.key] + others.map(\.key))
            #expect(stored.map(\.sequence) == [1, 2, 3])
        }
    }

    @Test("Poison between good commands: the neighbours are booked, the poison fails and is kept")
    func poison() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [10])
            let poisoned = try TestEvents.key(for: event)
            let queue = BookingTopology.queue(of: event)
            try await worker.withChannel { channel in
                let letters = try await channel.declareQueue(
                    AMQPQueueDeclaration(durable: false, exclusive: true))
                try await channel.bindQueue(
                    letters.name, to: BookingTopology.dead, routingKey: "")
                _ = try await channel.consume(letters.name)
                try await worker.publisher.publish([TestEvents.book(event)], to: event)
                try await worker.publishRaw("this is no JSON", to: event)
                try await worker.publishRaw("{}", to: event, type: "something.else")
                try await worker.publishRaw(
                    """
                    {"eventId": "\(event)", "commands": [
                        {"kind": "book", "bookingKey": "\(poisoned)", "items": 7}]}
                    """, to: event)
                try await worker.publisher.publish([TestEvents.book(event)], to: event)
                let outcomes = try await worker.outcomes(of: event, count: 3)
                #expect(outcomes.map(\.status) == [.confirmed, .failed, .confirmed])
                #expect(outcomes[1].key == poisoned)
                #expect(outcomes[1].reason == .undecodable)
                #expect(try await worker.stored(event) == outcomes)
                var problems: [String] = []
                while problems.count < 3 {
                    for letter in try await channel.nextEvents(max: 100) {
                        guard case .delivery(let delivery) = letter,
                            delivery.properties.headers["x-boxoffice-queue"] == .string(queue),
                            case .string(let problem) =
                                delivery.properties.headers["x-boxoffice-problem"]
                        else { continue }
                        problems.append(problem)
                    }
                }
                #expect(
                    problems == [
                        "the body is not JSON", "the message's type is not booking.commands.v1",
                        "commands/0/items has the wrong type",
                    ])
            }
        }
    }

    @Test("A command the database refuses is found among a thousand, and fails alone")
    func refused() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [1000])
            let unwanted = TestEvents.user()
            try await worker.databases.shards[0].withConnection { connection in
                try await connection.run(
                    script: """
                        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                        BEGIN
                            RAISE EXCEPTION 'not this one' USING ERRCODE = 'check_violation';
                        END $$;
                        CREATE TRIGGER refuse BEFORE INSERT ON booking FOR EACH ROW
                        WHEN (NEW.user_id = '\(unwanted)' AND NEW.status = 'confirmed')
                        EXECUTE FUNCTION refuse();
                        """)
            }
            for message in 0..<4 {
                let commands = try (0..<250).map { index in
                    try TestEvents.book(
                        event, user: message == 2 && index == 100 ? unwanted : nil)
                }
                try await worker.publisher.publish(commands, to: event)
            }
            let outcomes = try await worker.outcomes(of: event, count: 1000)
            #expect(outcomes.count { $0.status == .confirmed } == 999)
            let failed = outcomes.filter { $0.status == .failed }
            #expect(failed.map(\.user) == [unwanted])
            #expect(failed.first?.sequence == 601)
            #expect(try await worker.stored(event) == outcomes)
        }
    }

    @Test("One user's limit holds over many messages")
    func limit() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [100], maxPerUser: 2)
            let user = TestEvents.user()
            for _ in 0..<5 {
                try await worker.publisher.publish(
                    [TestEvents.book(event, user: user)], to: event)
            }
            let outcomes = try await worker.outcomes(of: event, count: 5)
            #expect(outcomes.count { $0.status == .confirmed } == 2)
            #expect(outcomes.count { $0.reason == .limitExceeded } == 3)
        }
    }
}
