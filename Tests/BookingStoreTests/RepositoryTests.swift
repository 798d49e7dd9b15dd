import BookingDomain
import BookingTestSupport
import Foundation
import Postgres
import Testing

@testable import BookingStore

@Suite struct RepositoryTests {
    @Test("An event is read back as it was stored, with its ticket types in order")
    func eventRoundTrip() async throws {
        try await TestDatabases.with(shards: 2) { databases in
            let events = EventRepository(shards: databases.shardPools)
            let event = try TestEvents.event(shard: 1, capacities: [5, 7, 9], maxPerUser: 4)
            try await events.create(event)
            let unknown = [try TestEvents.event(shard: 1).id, try TestEvents.event(shard: 77).id]
            #expect(try await events.events(unknown + [event.id]) == [event])
        }
    }

    @Test("An organizer's events count until they are over, on all shards")
    func eventsNotOver() async throws {
        try await TestDatabases.with(shards: 2) { databases in
            let organizer = TestEvents.user()
            // Over are: one that has ended, and one without an end that began 25 hours ago.
            let times = [
                ("1 hour", "2 hours"), ("-3 hours", "1 hour"), ("-3 hours", "-1 hour"),
                ("-23 hours", nil), ("-25 hours", nil), ("30 days", nil),
            ]
            let events = EventRepository(shards: databases.shardPools)
            for (number, (start, end)) in times.enumerated() {
                let event = try TestEvents.event(shard: number % 2, organizer: organizer)
                try await events.create(event)
                try await databases.shards[number % 2].withConnection { connection in
                    try await connection.run(
                        script: """
                            UPDATE event SET starts_at = now() + interval '\(start)',
                                ends_at = now() + \(end.map { "interval '\($0)'" } ?? "NULL")
                            WHERE id = '\(event.id)'
                            """)
                }
            }
            try await events.create(try TestEvents.event(organizer: TestEvents.user()))
            #expect(await events.eventsNotOver(of: organizer, max: 100) == 4)
            #expect(await events.eventsNotOver(of: organizer, max: 1) == 2)
            await databases.shards[1].close()
            #expect(await events.eventsNotOver(of: organizer, max: 100) > 0)
        }
    }

    @Test("A worker that takes a shard over begins with the events that most was asked of")
    func eventsToConsume() async throws {
        try await TestDatabases.with(shards: 1) { databases in
            var made: [EventID] = []
            for sequence in [2, 5, 0, 3] {
                let event = try TestEvents.event()
                try await EventRepository(shards: databases.shardPools).create(event)
                try await databases.shards[0].withConnection { connection in
                    try await connection.run(
                        script: "UPDATE event SET sequence = \(sequence) WHERE id = '\(event.id)'")
                }
                made.append(event.id)
            }
            let events = try await LedgerRepository(pool: databases.shards[0]).eventsToConsume()
            #expect(events == [1, 3, 0, 2].map { made[$0] })
        }
    }

    @Test(
        "The public list runs newest first over all shards, page by page, without drafts and the unlisted"
    )
    func eventList() async throws {
        try await TestDatabases.with(shards: 2) { databases in
            let events = EventRepository(shards: databases.shardPools)
            var made: [EventID] = []
            for number in 0..<8 {
                let event = try TestEvents.event(
                    shard: number % 2, capacities: [3, 3], status: number == 3 ? .draft : .onSale,
                    isListed: number != 5)
                try await events.create(event)
                if number != 3, number != 5 { made.append(event.id) }
                #expect(try await events.events([event.id]).first?.isListed == (number != 5))
            }
            var seen: [EventID] = []
            var cursor: EventID?
            repeat {
                let page = try await events.events(before: cursor, limit: 2)
                seen += page.map(\.id)
                cursor = page.last?.id
            } while cursor != nil
            #expect(seen == made.sorted(by: >))
        }
    }

    @Test("An e-mail address has one account, whatever its case")
    func accounts() async throws {
        try await TestDatabases.with(shards: 0) { databases in
            let users = UserRepository(directory: databases.directory)
            let user = User(
                id: TestEvents.user(), email: "Ada@Example.org", name: "Ada", role: .organizer)
            try await users.create(user, passwordHash: "hash")
            #expect(try await users.account(email: "ada@example.ORG")?.user == user)
            #expect(try await users.account(email: "ada@example.ORG")?.passwordHash == "hash")
            #expect(try await users.user(user.id) == user)
            #expect(try await users.account(email: "nobody@example.org") == nil)
            let twin = User(
                id: TestEvents.user(), email: "ada@example.org", name: "A", role: .attendee)
            do throws(StoreError) {
                try await users.create(twin, passwordHash: "x")
                Issue.record("an address has two accounts")
            } catch { #expect(error.code == .emailTaken) }
        }
    }

    @Test("My bookings run newest first over all shards, page by page")
    func bookingsOfUser() async throws {
        try await TestDatabases.with(shards: 2) { databases in
            let user = TestEvents.user()
            var made: [BookingKey] = []
            var events: [EventID] = []
            for shard in 0..<2 {
                let event = try TestEvents.event(shard: shard)
                try await EventRepository(shards: databases.shardPools).create(event)
                events.append(event.id)
                let repository = LedgerRepository(pool: databases.shards[shard])
                let lease = try await LeaseRepository.with(
                    databases.shards[shard], shard: event.id.shard
                ) { try #require(try await $0.claim(.test(by: "a"))).lease }
                var batch = Batch(try await repository.ledgers(of: [event.id]))
                for _ in 0..<3 {
                    let command = try TestEvents.book(event.id, user: user)
                    made.append(command.key)
                    _ = batch.apply(command, at: TestEvents.now)
                }
                _ = batch.apply(try TestEvents.book(event.id), at: TestEvents.now)
                _ = try await repository.commit(batch.effects, under: lease)
            }
            let bookings = BookingRepository(shards: databases.shardPools)
            var seen: [BookingKey] = []
            var cursor: BookingCursor?
            repeat {
                let page = try await bookings.bookings(of: user, before: cursor, limit: 4)
                seen += page.map(\.key)
                cursor = page.last.map { BookingCursor(createdAt: $0.createdAt, key: $0.key) }
            } while cursor != nil
            #expect(seen == made.sorted(by: >))
            let references = made.flatMap { key in
                events.map { BookingReference(event: $0, key: key) }
            }
            #expect(Set(try await bookings.bookings(references).map(\.key)) == Set(made))
        }
    }

    @Test(
        "A count that can no longer be counted on makes a row unreadable",
        arguments: ["version", "sequence"])
    func countsOutOfRange(column: String) async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let events = EventRepository(shards: databases.shardPools)
            let event = try TestEvents.event()
            try await events.create(event)
            try await databases.shards[0].withConnection { connection in
                try await connection.run(script: "UPDATE event SET \(column) = 9223372036854775807")
            }
            let error = try await #require(throws: StoreError.self) {
                try await LedgerRepository(pool: databases.shards[0]).ledgers(of: [event.id])
            }
            #expect(error.code == .corrupt)
        }
    }

    @Test("An event in a status of a newer version is known for that, and hinders no list")
    func newerEvent() async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let events = EventRepository(shards: databases.shardPools)
            let (known, newer) = (try TestEvents.event(), try TestEvents.event())
            for event in [known, newer] { try await events.create(event) }
            try await databases.shards[0].withConnection { connection in
                try await connection.run(
                    script: """
                        ALTER TABLE event DROP CONSTRAINT event_status_known;
                        UPDATE event SET status = 'over' WHERE id = '\(newer.id)';
                        """)
            }
            #expect(try await events.events(before: nil, limit: 10).map(\.id) == [known.id])
            #expect(try await events.events([known.id]).map(\.id) == [known.id])
            let error = try await #require(throws: StoreError.self) {
                try await events.events([newer.id, known.id])
            }
            #expect(error.code == .newer)
        }
    }

    @Test("A database says which shard it is, and refuses to be another")
    func shardIdentity() async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let zero = try #require(ShardNumber(0))
            let one = try #require(ShardNumber(1))
            try await ShardIdentity(pool: databases.shards[0], shard: zero).verify()
            for wrong in [
                { try await ShardIdentity(pool: databases.shards[0], shard: one).verify() },
                { try await ShardIdentity(pool: databases.shards[0], shard: one).establish() },
            ] as [() async throws -> Void] {
                await #expect(throws: StoreError.self) { try await wrong() }
            }
        }
    }

    @Test("The program carries every migration that stands in schemas/sql")
    func migrations() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let files = try FileManager.default.contentsOfDirectory(
            atPath: root.appending(path: "schemas/sql").path
        ).filter { !$0.hasPrefix("rights") }
        let carried = (BookingMigrations.directory + BookingMigrations.shard).map {
            String(repeating: "0", count: 4 - String($0.version).count)
                + "\($0.version)_\($0.name).sql"
        }
        #expect(files.sorted() == carried.sorted())
    }
}
