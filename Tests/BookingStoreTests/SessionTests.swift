import BookingDomain
import BookingTestSupport
import Postgres
import Synchronization
import Testing

@testable import BookingStore

@Suite struct SessionTests {
    private let sessions = (0..<4).map { SessionID(bits: UInt128($0 + 1)) }
    private let future = Instant(microsecondsSinceEpoch: 4_000_000_000_000_000)
    private let past = Instant(microsecondsSinceEpoch: 1_000_000_000_000_000)

    private func read(
        _ repository: SessionRepository, since mark: RevocationMark?
    ) async throws -> (Set<SessionRevocation>, RevocationMark) {
        var all: Set<SessionRevocation> = []
        let mark = try await repository.revocations(since: mark) { all.formUnion($0) }
        return (all, mark)
    }

    private func user(_ databases: TestDatabases) async throws -> User {
        let user = User(
            id: TestEvents.user(), email: "ada@example.org", name: "Ada", role: .attendee)
        try await UserRepository(directory: databases.directory).create(user, passwordHash: "old")
        return user
    }

    @Test("An ended session is read from then on, until it has expired")
    func revoked() async throws {
        try await TestDatabases.with(shards: 0) { databases in
            let repository = SessionRepository(directory: databases.directory)
            let mark: RevocationMark
            var found: Set<SessionRevocation>
            (found, mark) = try await read(repository, since: nil)
            #expect(found.isEmpty)
            try await repository.revoke(sessions[0], until: future)
            try await repository.revoke(sessions[0], until: future)
            try await repository.revoke(sessions[1], until: past)
            let expected = SessionRevocation(.session(sessions[0]), expiresAt: future)
            (found, _) = try await read(repository, since: mark)
            #expect(found == [expected])
            let (all, _) = try await read(repository, since: nil)
            #expect(all == [expected])
            try await repository.deleteExpired()
            let left = try await databases.directory.execute(CountRevocations())
            #expect(left == [1])
        }
    }

    @Test("What a transaction writes that ends after later ones is not missed")
    func lateCommit() async throws {
        try await TestDatabases.with(shards: 0) { databases in
            let repository = SessionRepository(directory: databases.directory)
            var mark: RevocationMark?
            try await databases.directory.withTransaction { slow in
                try await slow.execute(
                    InsertSessionRevocation(session: sessions[0], expiresAt: future))
                try await repository.revoke(sessions[1], until: future)
                let (found, next) = try await read(repository, since: nil)
                #expect(found.map(\.subject) == [.session(sessions[1])])
                mark = next
            }
            let (found, _) = try await read(repository, since: mark)
            #expect(found.map(\.subject).contains(.session(sessions[0])))
        }
    }

    @Test("More than a page is read page by page")
    func pages() async throws {
        try await TestDatabases.with(shards: 0) { databases in
            let count = 2 * SessionRepository.pageMax + 7
            try await databases.directory.withConnection { connection in
                try await connection.run(
                    script: """
                        INSERT INTO session_revocation (subject, expires_at)
                        SELECT gen_random_uuid(), now() + interval '1 hour'
                        FROM generate_series(1, \(count))
                        """)
            }
            let (found, _) = try await read(
                SessionRepository(directory: databases.directory), since: nil)
            #expect(found.count == count)
        }
    }

    @Test("A new password ends the account's other sessions, in the same transaction")
    func password() async throws {
        try await TestDatabases.with(shards: 0) { databases in
            let users = UserRepository(directory: databases.directory)
            let user = try await user(databases)
            for (stored, new, generation) in [("old", "new", 1), ("new", "newer", 2)] {
                let changed = try await users.changePassword(
                    PasswordChange(
                        account: user.id, stored: stored, newHash: new, name: nil,
                        session: sessions[0], sessionsLast: .seconds(3600)))
                let account = try await users.account(user.id)
                #expect(account?.generation == generation)
                #expect(account?.passwordHash == new)
                #expect(changed?.user == user)
                let (found, _) = try await read(
                    SessionRepository(directory: databases.directory), since: nil)
                #expect(found == Set([changed?.revocation].compactMap { $0 }))
                let revocation = try #require(changed?.revocation)
                guard case .account(let id, let newGeneration, _, let spared) = revocation.subject
                else {
                    Issue.record("\(revocation)")
                    return
                }
                #expect(id == user.id)
                #expect(newGeneration == generation)
                #expect(spared == sessions[0])
            }
            let late = try await users.changePassword(
                PasswordChange(
                    account: user.id, stored: "old", newHash: "newest", name: "Eve",
                    session: sessions[1], sessionsLast: .seconds(3600)))
            #expect(late == nil)
            #expect(try await users.account(user.id)?.passwordHash == "newer")
        }
    }

    @Test("A hash is replaced only while it is the one that is stored, and a name at any time")
    func account() async throws {
        try await TestDatabases.with(shards: 0) { databases in
            let users = UserRepository(directory: databases.directory)
            let user = try await user(databases)
            try await users.replaceHash(of: user.id, "other", with: "wrong")
            #expect(try await users.account(user.id)?.passwordHash == "old")
            try await users.replaceHash(of: user.id, "old", with: "costlier")
            #expect(try await users.account(user.id)?.passwordHash == "costlier")
            #expect(try await users.rename(user.id, to: "Countess")?.name == "Countess")
            #expect(try await users.rename(UserID(bits: 1), to: "Nobody") == nil)
        }
    }

    @Test("An account that is removed is gone with its name, its address and all its sessions")
    func erased() async throws {
        try await TestDatabases.with(shards: 0) { databases in
            let users = UserRepository(directory: databases.directory)
            let user = try await user(databases)
            let revocation = try #require(
                try await users.erase(user.id, sessionsLast: .seconds(3600)))
            #expect(try await users.account(user.id) == nil)
            #expect(try await users.account(email: user.email) == nil)
            let (found, _) = try await read(
                SessionRepository(directory: databases.directory), since: nil)
            #expect(found == [revocation])
            guard case .account(let id, let generation, _, let spared) = revocation.subject else {
                Issue.record("\(revocation)")
                return
            }
            #expect(id == user.id)
            #expect(generation == 1)
            #expect(spared == nil)
            #expect(try await users.erase(user.id, sessionsLast: .seconds(3600)) == nil)
            // The address is free again.
            let next = User(id: TestEvents.user(), email: user.email, name: "B", role: .attendee)
            try await users.create(next, passwordHash: "hash")
        }
    }

    @Test(
        "An account that may be making an event is not removed, and none that is removed makes one")
    func erasedWhileMaking() async throws {
        try await TestDatabases.with(shards: 0) { databases in
            let users = UserRepository(directory: databases.directory)
            let user = try await user(databases)
            #expect(try await users.noteEventMaking(by: user.id))
            #expect(try await users.erase(user.id, sessionsLast: .seconds(60)) == nil)
            #expect(try await users.account(user.id) != nil)
            try await databases.directory.withConnection { connection in
                try await connection.run(
                    script: "UPDATE account SET event_made_at = now() - interval '2 minutes'")
            }
            #expect(try await users.erase(user.id, sessionsLast: .seconds(60)) != nil)
            #expect(try await !users.noteEventMaking(by: user.id))
        }
    }

    @Test("Who listens hears of an ended session")
    func listening() async throws {
        try await TestDatabases.with(shards: 0) { databases in
            let repository = SessionRepository(directory: databases.directory)
            let (heard, hear) = AsyncStream<Void>.makeStream()
            try await withThrowingTaskGroup { group in
                group.addTask { try await repository.listen { hear.yield() } }
                var count = 0
                for await _ in heard {
                    count += 1
                    if count == 2 { break }
                    try await repository.revoke(sessions[0], until: future)
                }
                #expect(count == 2)
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
        }
    }
}

private struct CountRevocations: PostgresStatement {
    static let sql = "SELECT count(*) FROM session_revocation"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int { try row.next() }
}
