import BookingDomain
import BookingTestSupport
import Postgres
import Testing

@testable import BookingStore

/// Fifty writers race straight at the store for ten seats, with no queue and no single owner
/// before it; layer by layer is taken away until nothing is left that could stop them.
@Suite struct LayersTests {
    struct Layers: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What takes layers away, in SQL.
        let removal: String
        let holds: Bool

        /// Layers 2 and 3: the fence's and the version's conditions let everything pass.
        static let noConditions = """
            CREATE OR REPLACE FUNCTION ensure(holds boolean, code text, what text) RETURNS void
            LANGUAGE sql AS 'SELECT';
            """
        /// Layer 4.
        static let noChecks = """
            ALTER TABLE ticket_type DROP CONSTRAINT ticket_type_available_in_capacity,
                DROP CONSTRAINT ticket_type_places_add_up;
            """
        static let noUniqueSequence = """
            ALTER TABLE booking DROP CONSTRAINT booking_sequence_unique;
            ALTER TABLE log_page DROP CONSTRAINT log_page_pkey;
            """
    }

    static let layers = [
        Layers(testDescription: "rows, versions and constraints", removal: "", holds: true),
        Layers(
            testDescription: "rows and versions alone",
            removal: Layers.noChecks + Layers.noUniqueSequence, holds: true),
        Layers(
            testDescription: "constraints alone", removal: Layers.noConditions, holds: true),
        Layers(
            testDescription: "the check of the counters alone",
            removal: Layers.noConditions + Layers.noUniqueSequence, holds: true),
        Layers(
            testDescription: "nothing at all, the negative control",
            removal: Layers.noConditions + Layers.noChecks + Layers.noUniqueSequence, holds: false),
    ]

    @Test(
        "Ten seats are sold ten times while a layer is left, and more often when none is",
        arguments: layers)
    func race(layers: Layers) async throws {
        try await TestDatabases.with(shards: 1, connectionsMax: 16) { databases in
            let pool = databases.shards[0]
            let event = try TestEvents.event(capacities: [10])
            try await EventRepository(shards: databases.shardPools).create(event)
            let lease = try await LeaseRepository.with(pool, shard: event.id.shard) {
                try #require(try await $0.claim(.test(by: "everybody"))).lease
            }
            if !layers.removal.isEmpty {
                try await pool.withConnection { try await $0.run(script: layers.removal) }
            }
            let statuses = try await raceForSeats(of: event.id, writers: 50, pool, lease)
            let tally = try #require(try await pool.execute(EventTally()).first)
            let confirmed = statuses.count { $0 == .confirmed }
            #expect(statuses.count == 50)
            #expect(tally.bookings == 50)
            #expect(tally.confirmedBookings == Int64(confirmed))
            if layers.holds {
                #expect(confirmed == 10)
                #expect(tally.confirmed == 10)
                #expect(tally.available == 0)
            } else {
                #expect(confirmed > 10, "the test must be able to see an oversell")
                #expect(tally.available < 0)
            }
            if layers.removal.isEmpty {
                #expect(tally.sequences == 50)
                #expect(tally.lastSequence == 50)
                #expect(tally.sequence == 50)
                #expect(tally.version == 51)
            }
        }
    }

    /// Every writer reads the event before any of them writes; who is refused reads and tries again.
    private func raceForSeats(
        of event: EventID, writers: Int, _ pool: PostgresPool, _ lease: Lease
    ) async throws -> [BookingStatus] {
        let repository = LedgerRepository(pool: pool)
        let opening = try await repository.ledgers(of: [event])
        return try await withThrowingTaskGroup(of: BookingStatus.self) { group in
            for _ in 0..<writers {
                group.addTask {
                    let command = try TestEvents.book(event)
                    var ledgers = opening
                    for _ in 0..<2000 {
                        var batch = Batch(ledgers)
                        _ = batch.apply(command, at: TestEvents.now)
                        let status = try batch.made.first.orThrow().status
                        do throws(StoreError) {
                            _ = try await repository.commit(batch.effects, under: lease)
                            return status
                        } catch {
                            switch error.code {
                            case .unavailable: continue
                            case .versionConflict, .refused:
                                // Read again, as soon as a busy machine lets us.
                                ledgers = (try? await repository.ledgers(of: [event])) ?? ledgers
                            default: throw error
                            }
                        }
                    }
                    throw BadTestData()
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
