import BookingBroker
import BookingDomain
import BookingStore
import BookingTestSupport
import Postgres
import Testing

@testable import BookingWorker

@Suite struct LookUpTests {
    @Test("A command whose look-up never comes back fails alone, and its neighbours are booked")
    func setAside() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [100], maxPerUser: 5)
            let neighbour = try await worker.makeEvent(capacities: [100])
            let (slow, shard) = (TestEvents.user(), worker.databases.shards[0])
            try await shard.withConnection { connection in
                try await connection.run(script: SlowTally.script(for: slow, of: event))
            }
            try await worker.publisher.publish(
                [
                    TestEvents.book(event), TestEvents.book(event, user: slow),
                    TestEvents.book(event),
                ], to: event)
            try await worker.publisher.publish([TestEvents.book(neighbour)], to: neighbour)
            let outcomes = try await worker.outcomes(of: event, count: 3)
            #expect(outcomes.map(\.status) == [.confirmed, .failed, .confirmed])
            #expect(outcomes[1].user == slow)
            #expect(try await worker.stored(event) == outcomes)
            #expect(try await worker.outcomes(of: neighbour, count: 1)[0].status == .confirmed)

            // The next one of that buyer is not even looked up.
            try await shard.withConnection { connection in
                try await connection.run(
                    script: """
                        DROP VIEW buyer_tally;
                        ALTER TABLE buyer_tally_table RENAME TO buyer_tally
                        """)
            }
            try await worker.publisher.publish(
                [TestEvents.book(event, user: slow), TestEvents.book(event)], to: event)
            let next = try await worker.outcomes(of: event, count: 5).suffix(2)
            #expect(next.map(\.status) == [.failed, .confirmed])
        }
    }

    @Test("Nothing fails while all look-ups take too long: it is the database then")
    func databaseIsSlow() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [100], maxPerUser: 5)
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            _ = try await worker.outcomes(of: event, count: 1)
            try await worker.databases.shards[0].withConnection { connection in
                try await connection.run(
                    script: """
                        SET idle_in_transaction_session_timeout = 0;
                        BEGIN;
                        LOCK TABLE buyer_tally
                        """)
                try await worker.publisher.publish([TestEvents.book(event)], to: event)
                let condition = worker.service.conditions[0]
                try await eventually { condition.current != .serving }
                try await connection.run(script: "COMMIT")
            }
            let outcomes = try await worker.outcomes(of: event, count: 2)
            #expect(outcomes.map(\.status) == [.confirmed, .confirmed])
        }
    }

    @Test("A buyer is looked up again after a minute, and one that was answered has a clean slate")
    func trials() throws {
        let event = try TestEvents.event().id
        let command = try TestEvents.book(event)
        let start = ContinuousClock.now
        var buyers = UnanswerableBuyers()
        for _ in 1..<WorkerLimits.lookUpTrialsMax {
            buyers.timedOut(command, at: start)
            #expect(!buyers.contains(command, at: start))
        }
        buyers.timedOut(command, at: start)
        #expect(buyers.contains(command, at: start))
        #expect(!buyers.contains(command, at: start + WorkerLimits.unanswerableDuration))
        buyers.answered([command][...])
        #expect(buyers.isEmpty)
    }

    @Test("However many buyers are not answered, so many are remembered at most")
    func bounded() throws {
        let event = try TestEvents.event().id
        var buyers = UnanswerableBuyers()
        for _ in 0..<3 * WorkerLimits.unanswerableMax {
            let command = try TestEvents.book(event)
            buyers.timedOut(command, at: .now)
            #expect(buyers.count <= WorkerLimits.unanswerableMax)
        }
    }
}
