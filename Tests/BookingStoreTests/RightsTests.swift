import BookingTestSupport
import Testing

@testable import BookingStore
@testable import Postgres

/// What the roles may do in the databases, and that it is what their programs need.
@Suite("Rights in the databases") struct RightsTests {
    /// Migrated databases in which rights were granted.
    private static func with(_ body: (TestDatabases) async throws -> Void) async throws {
        try await TestDatabases.with(shards: 1) { databases in
            #expect(try await grant(in: databases) == [nothingLoose, nothingLoose])
            try await body(databases)
        }
    }

    private static let nothingLoose = RightsReport(missingRoles: [], loose: [])

    private static func grant(in databases: TestDatabases) async throws -> [RightsReport] {
        [
            try await BookingRights.grant(in: .directory, by: databases.directory),
            try await BookingRights.grant(in: .shard, by: databases.shards[0]),
        ]
    }

    @Test("Each role has exactly the rights that the matrix says")
    func matrix() async throws {
        try await Self.with { databases in
            let directory = Set(try await databases.directory.execute(SelectRights()))
            #expect(
                directory.difference(from: RightsMatrix.directory, RightsMatrix.everywhere) == [])
            let shard = Set(try await databases.shards[0].execute(SelectRights()))
            #expect(shard.difference(from: RightsMatrix.shard, RightsMatrix.everywhere) == [])
        }
    }

    @Test("What somebody granted besides is taken away by the next migration")
    func revoked() async throws {
        try await Self.with { databases in
            let name = try await databases.shards[0].execute(CurrentDatabase())[0]
            let extra = """
                CREATE TABLE another (a integer); GRANT ALL ON another TO boxoffice_ingress;
                GRANT ALL ON booking TO boxoffice_ingress WITH GRANT OPTION;
                GRANT SELECT (title) ON event TO boxoffice_operator, PUBLIC;
                GRANT EXECUTE ON FUNCTION ensure TO PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC;
                GRANT ALL ON DATABASE \(name) TO boxoffice_worker, PUBLIC
                """
            try await databases.shards[0].withConnection { try await $0.run(script: extra) }
            let before = Set(try await databases.shards[0].execute(SelectRights()))
            #expect(before.contains("database public CONNECT, CREATE, TEMPORARY"))
            #expect(before.contains("event public SELECT(title)"))
            #expect(try await Self.grant(in: databases) == [Self.nothingLoose, Self.nothingLoose])
            let after = Set(try await databases.shards[0].execute(SelectRights()))
            let another = "another ingress -\nanother worker -\nanother operator -"
            #expect(
                after.difference(from: RightsMatrix.shard, RightsMatrix.everywhere, another) == [])
        }
    }

    @Test("Roles that do not exist are named")
    func missing() async throws {
        let roles = ["boxoffice_nobody", "boxoffice_worker", "another"]
        let missing = try await TestDatabases.serverRows(SelectMissingRoles(roles: roles))
        #expect(missing == ["boxoffice_nobody", "another"])
    }

    @Test(
        "The roles can do nothing outside the tables: they make no roles and databases, see no files"
    )
    func roles() async throws {
        let attributes = try await TestDatabases.serverRows(SelectRoleAttributes())
        #expect(attributes == BookingRights.roles.sorted().map { "\($0) f f f f f -" })
    }

    @Test("Every statement belongs to a role, or to whoever migrates")
    func statementsAreListed() throws {
        let samples = try StatementSamples()
        let names = Set((samples.directory + samples.shard).map { "\(type(of: $0))" })
        let listed = StatementRoles.all.reduce(StatementRoles.owner) { $0.union($1.statements) }
        #expect(names == listed)
    }

    @Test("A role may send the statements of its programs", arguments: StatementRoles.all)
    func statements(of role: StatementRoles) async throws {
        try await Self.with { databases in
            let samples = try StatementSamples()
            try await Self.explain(samples.directory, of: role, in: databases.directory)
            try await Self.explain(samples.shard, of: role, in: databases.shards[0])
        }
    }

    /// The server checks rights when it begins to execute, which explaining does, too.
    private static func explain(
        _ statements: [any PostgresStatement], of role: StatementRoles, in pool: PostgresPool
    ) async throws {
        try await pool.withConnection { connection in
            try await connection.run(script: "SET ROLE \(role.role)")
            for statement in statements where role.statements.contains("\(type(of: statement))") {
                let sql = try BoundStatement(statement).sql
                let count = (1...20).last { sql.contains("$\($0)") } ?? 0
                let nulls = Array(repeating: "NULL", count: count).joined(separator: ", ")
                let types = try await connection.execute(
                    FormatTypes(oids: BoundStatement(statement).parameters.oids))
                let list = types.isEmpty ? "" : " (\(types.joined(separator: ", ")))"
                do throws(PostgresError) {
                    try await connection.run(
                        script: """
                            SET plan_cache_mode = force_generic_plan; PREPARE tried\(list) AS \(sql);
                            EXPLAIN EXECUTE tried\(count == 0 ? "" : "(\(nulls))"); DEALLOCATE tried
                            """)
                } catch { Issue.record("\(role.role), \(type(of: statement)): \(error)") }
            }
            try await connection.run(script: "RESET ROLE")
        }
    }

    struct Attempt: Sendable, CustomTestStringConvertible {
        let role: String
        let kind: DatabaseKind
        let sql: String
        var testDescription: String { "\(role): \(sql)" }

        init(_ role: String, _ kind: DatabaseKind, _ sql: String) {
            self.role = role
            self.kind = kind
            self.sql = sql
        }
    }

    static let attempts = [
        Attempt("boxoffice_worker", .directory, "SELECT password_hash FROM account"),
        Attempt("boxoffice_worker", .directory, "SELECT email, name FROM account"),
        Attempt("boxoffice_ingress", .directory, "UPDATE account SET role = 'organizer'"),
        Attempt("boxoffice_ingress", .directory, "UPDATE account SET canonical_email = NULL"),
        Attempt("boxoffice_worker", .directory, "DELETE FROM account"),
        Attempt("boxoffice_operator", .directory, "SELECT count(*) FROM account"),
        Attempt("boxoffice_ingress", .shard, "ALTER TABLE booking ADD COLUMN a integer"),
        Attempt("boxoffice_ingress", .shard, "CREATE TABLE mine (a integer)"),
        Attempt("boxoffice_ingress", .shard, "CREATE TEMPORARY TABLE mine (a integer)"),
        Attempt("boxoffice_ingress", .shard, "INSERT INTO booking (sequence) VALUES (1)"),
        Attempt("boxoffice_ingress", .shard, "UPDATE event SET sequence = 1"),
        Attempt("boxoffice_ingress", .shard, "UPDATE ticket_type SET available = 1"),
        Attempt("boxoffice_ingress", .shard, "UPDATE shard_lease SET owner = 'me'"),
        Attempt("boxoffice_ingress", .shard, "SELECT ensure(true, '', '')"),
        Attempt("boxoffice_worker", .shard, "UPDATE ticket_type SET capacity = 1"),
        Attempt("boxoffice_worker", .shard, "UPDATE booking SET user_id = NULL"),
        Attempt("boxoffice_worker", .shard, "UPDATE log_page SET entries = ''"),
        Attempt("boxoffice_worker", .shard, "DELETE FROM booking_change"),
        Attempt("boxoffice_ingress", .shard, "UPDATE booking SET status = 'confirmed'"),
        Attempt("boxoffice_ingress", .shard, "SELECT entries FROM log_page"),
        Attempt("boxoffice_worker", .shard, "DELETE FROM booking"),
        Attempt("boxoffice_worker", .shard, "TRUNCATE booking"),
        Attempt("boxoffice_worker", .shard, "UPDATE shard_lease SET shard = 2"),
        Attempt("boxoffice_worker", .shard, "DELETE FROM schema_migration"),
        Attempt("boxoffice_operator", .shard, "SELECT user_id FROM booking"),
        Attempt("boxoffice_operator", .shard, "UPDATE event SET status = 'closed'"),
    ]

    @Test("What a role has no right to is refused by the server", arguments: attempts)
    func refused(attempt: Attempt) async throws {
        try await Self.with { databases in
            let pool = attempt.kind == .directory ? databases.directory : databases.shards[0]
            try await pool.withConnection { connection in
                try await connection.run(script: "SET ROLE \(attempt.role)")
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.run(script: attempt.sql)
                }
                #expect(error?.sqlState == SQLState(rawValue: "42501"))
                await connection.close()
            }
        }
    }
}

/// The statements that the programs of a role send.
struct StatementRoles: Sendable, CustomTestStringConvertible {
    let role: String
    let statements: Set<String>
    var testDescription: String { role }

    static let all = [
        StatementRoles(
            role: "boxoffice_ingress",
            statements: [
                "InsertAccount", "SelectAccountByEmail", "SelectAccountByID", "ReplacePasswordHash",
                "InsertSessionRevocation", "NotifySessionRevoked", "SelectRevocationMark",
                "SelectRevocations", "DeleteExpiredRevocations", "ChangePassword", "RenameAccount",
                "EraseAccount", "NoteEventMaking",
                "SelectShardName", "SelectKinds", "SelectBookings", "SelectBookingsOfUser",
                "SelectBookingsOfEvent", "SelectChanges", "InsertEvent", "InsertTicketTypes",
                "NotifyEventChanged",
                "SelectEvents", "SelectPublicEvents", "CountEventsNotOver", "SelectLeftovers",
            ]),
        StatementRoles(
            role: "boxoffice_worker",
            statements: [
                "BeatHeart", "RetireWorker", "ClaimLease", "RenewLease", "ReleaseLease",
                "EndStuckOwner", "SelectShardName", "Fence", "AdvanceEvents", "MovePlaces",
                "InsertBookings", "UpdateBookings", "InsertChanges", "InsertLogPages",
                "InsertPackedPage", "SelectUnlogged", "SelectLogEnd", "SelectChanges", "SelectDue",
                "SelectDeadlines", "AddToTallies", "TakeFromTallies", "BuryLetter", "TrySuspect",
                "ForgetTrials",
                "ClearSuspect", "SelectLedgers", "SelectEventsToConsume", "IsToConsume",
                "SelectBookings", "SelectTaken", "SelectUntallied", "LockEvent", "TallyEvent",
                "LimitStatementTime",
                // Those of the fleet, which starts workers and so has their rights.
                "SelectShardStatus", "SelectLines",
            ]),
        StatementRoles(
            role: "boxoffice_operator",
            statements: [
                "SelectWorkers", "SelectShardName", "PauseEvent", "PauseShard",
                "NotifyEventChanged",
                "SelectLetters", "DeleteLetter", "SelectShardStatus", "SelectLines",
            ]),
    ]

    /// What only whoever migrates sends.
    static let owner: Set<String> = [
        "NameShard", "SelectMissingRoles", "SelectLooseRights", "SelectAccountsNotCanonical",
        "SetCanonicalAddress", "SelectUnloggedEvents",
    ]
}

private struct CurrentDatabase: PostgresStatement {
    static let sql = "SELECT current_database()::text"
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> String { try row.next() }
}

/// What the roles are besides: superuser and so on, and members of what.
private struct SelectRoleAttributes: PostgresStatement {
    static let sql = """
        SELECT concat_ws(' ', rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication,
            rolbypassrls, coalesce(
                (SELECT string_agg(roleid::regrole::text, ',') FROM pg_auth_members
                 WHERE member = r.oid), '-'))
        FROM pg_roles r WHERE rolname IN ('boxoffice_ingress', 'boxoffice_worker', 'boxoffice_operator')
        ORDER BY rolname
        """
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> String { try row.next() }
}
