import BookingDomain
import BookingTestSupport
import Logging
import Postgres
import Testing

@testable import BookingStore

/// What becomes of accounts that were made before addresses had a canonical form.
@Suite struct AddressMigrationTests {
    /// Addresses as older versions took them, in the order of their accounts, and their canonical forms.
    private static let addresses: [(written: String, canonical: String?)] = [
        ("Ada@Example.ORG", "ada@example.org"),
        ("ANDRE\u{301}@x.org", "andr\u{E9}@x.org"),
        // The same as the one before, to whoever reads it.
        ("andr\u{E9}@x.org", nil),
        ("\u{3BD}\u{3AF}\u{3BA}\u{3BF}\u{3C2}@x.org", "\u{3BD}\u{3AF}\u{3BA}\u{3BF}\u{3C3}@x.org"),
        ("a@m\u{FC}nchen.de", "a@xn--mnchen-3ya.de"),
        ("a@xn--MNCHEN-3ya.de", nil),
        // No address any more.
        ("a\u{200B}@x_y.org", "a\u{200B}@x_y.org"),
        ("not one", "not one"),
    ]

    private struct CanonicalForms: PostgresStatement {
        static let sql = "SELECT canonical_email FROM account ORDER BY id"
        static func decode(_ row: inout PostgresRow) throws(PostgresError) -> String? {
            try row.next()
        }
    }

    private static func account(_ number: Int) -> UserID {
        UserID(now: TestEvents.now.advanced(by: .seconds(Int64(number))), random: 1)
    }

    private static func insert(_ number: Int, _ email: String) -> String {
        """
        INSERT INTO account (id, email, name, role, password_hash)
        VALUES ('\(account(number))', '\(email)', 'A', 'attendee', 'hash \(number)');
        """
    }

    @Test("Every account keeps its sign-in, those with one address are named, the oldest has it")
    func fillsIn() async throws {
        try await TestDatabases.with(shards: 0) { databases in
            let directory = databases.directory
            try await directory.withConnection { connection in
                try await connection.run(script: "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
                try await migrate(
                    BookingMigrations.directory.filter { $0.version < 13 }, connection)
                for (number, address) in Self.addresses.enumerated() {
                    try await connection.run(script: Self.insert(number, address.written))
                }
                try await migrate(BookingMigrations.directory, connection)
            }
            let collisions = try await CanonicalAddresses(directory: directory).fillIn()
            // Those in ASCII have their forms from the migration already.
            #expect(
                collisions == [
                    .init(account: Self.account(2), holder: Self.account(1)),
                    .init(account: Self.account(4), holder: Self.account(5)),
                ])
            let forms = try await directory.execute(CanonicalForms())
            var expected = Self.addresses.map(\.canonical)
            expected.swapAt(4, 5)
            #expect(forms == expected)
            // Again, nothing changes.
            #expect(try await CanonicalAddresses(directory: directory).fillIn() == collisions)
            let users = UserRepository(directory: directory)
            for (number, address) in Self.addresses.enumerated() {
                let found = try #require(try await users.account(email: address.written))
                #expect(found.passwordHash == "hash \(number)")
            }
        }
    }

    @Test("An account that an older version makes beside this one has its address, too")
    func olderBeside() async throws {
        try await TestDatabases.with(shards: 0) { databases in
            try await databases.directory.withConnection { connection in
                try await connection.run(script: Self.insert(1, "Ada@Example.org"))
                try await connection.run(script: Self.insert(2, "\u{C4}da@x.org"))
            }
            let users = UserRepository(directory: databases.directory)
            #expect(try await users.account(email: "ada@example.org")?.passwordHash == "hash 1")
            #expect(try await users.account(email: "\u{C4}da@x.org")?.passwordHash == "hash 2")
            let taken = User(
                id: TestEvents.user(), email: "ADA@example.org", name: "A", role: .attendee)
            let error = try await #require(throws: StoreError.self) {
                try await users.create(taken, passwordHash: "hash")
            }
            #expect(error.code == .emailTaken)
            #expect(try await CanonicalAddresses(directory: databases.directory).fillIn().isEmpty)
            #expect(try await users.account(email: "a\u{308}DA@x.org")?.passwordHash == "hash 2")
        }
    }

    private func migrate(
        _ migrations: [PostgresMigration], _ connection: PostgresConnection
    ) async throws {
        let quiet = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        _ = try await PostgresMigrator(migrations, logger: quiet).migrate(connection)
    }
}
