import BookingTestSupport
import Foundation
import Postgres
import Testing

@testable import boxoffice

@Suite("The program and its databases", .timeLimit(.minutes(2)))
struct DatabaseTests {
    private func environment(
        _ databases: TestDatabases, shards: [String]? = nil
    ) throws -> [String: String] {
        [
            "BOXOFFICE_DIRECTORY_URL": databases.directoryURL,
            "BOXOFFICE_SHARD_URLS": (shards ?? databases.shardURLs).joined(separator: ","),
            "BOXOFFICE_BROKER_URL": try TestServices.brokerURL(),
            "BOXOFFICE_SECRET": Written.secret,
            "BOXOFFICE_HTTP_PORT": "0", "BOXOFFICE_MANAGEMENT_PORT": "0",
        ]
    }

    /// Takes everything out of a database, as if it had just been made.
    private func empty(_ pool: PostgresPool) async throws {
        try await pool.withConnection { connection in
            try await connection.run(
                script: "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        }
    }

    @Test("A migration does what is missing, and says of each database what it did")
    func migrate() async throws {
        try await TestDatabases.with(shards: 2) { databases in
            try await empty(databases.directory)
            try await empty(databases.shards[1])
            let first = try await BuiltProgram.run(
                ["migrate"], environment: environment(databases))
            #expect(first.status == 0)
            #expect(first.error.isEmpty)
            #expect(
                first.output == """
                    directory: applied 1 directory_account, 3 directory_worker, \
                    8 directory_session_revocation, 13 directory_canonical_email, \
                    14 directory_event_making
                    shard 0: up to date
                    shard 1: applied 2 shard_booking, 4 shard_ownership, 5 shard_hand_over, \
                    6 shard_event_times, 7 shard_buyer_tally, 9 shard_promises, \
                    10 shard_kinds, 11 shard_price_range, 12 shard_listed_events, \
                    15 shard_log, 16 shard_booking_by_event
                    The roles have their rights: boxoffice_ingress, boxoffice_worker, \
                    boxoffice_operator.
                    All 3 databases are ready.

                    """)
            let second = try await BuiltProgram.run(
                ["migrate"], environment: environment(databases))
            #expect(second.status == 0)
            #expect(
                second.output.split(separator: "\n").count { $0.hasSuffix(": up to date") } == 3)
        }
    }

    @Test("A migration of shards in the wrong order fails and says which database is which")
    func migrateSwapped() async throws {
        try await TestDatabases.with(shards: 2) { databases in
            let run = try await BuiltProgram.run(
                ["migrate"],
                environment: environment(databases, shards: databases.shardURLs.reversed()))
            #expect(run.status == 1)
            #expect(run.output.contains("the database for shard 0 is shard 1"))
            #expect(run.error == "boxoffice: 2 of 3 databases could not be migrated\n")
        }
    }

    @Test("Nothing starts on shards in the wrong order", arguments: ["serve", "work"])
    func swapped(command: String) async throws {
        try await TestDatabases.with(shards: 2) { databases in
            let run = try await BuiltProgram.run(
                [command],
                environment: environment(databases, shards: databases.shardURLs.reversed()))
            #expect(run.status == 1)
            for line in ["shard 0 is shard 1", "shard 1 is shard 0"] {
                #expect(run.error.contains("the database for \(line)\n"))
            }
        }
    }

    @Test("Nothing starts on a database without the schema", arguments: ["serve", "work"])
    func unmigrated(command: String) async throws {
        try await TestDatabases.with(shards: 2) { databases in
            try await empty(databases.shards[1])
            let run = try await BuiltProgram.run([command], environment: environment(databases))
            #expect(run.status == 1)
            #expect(run.error.contains("run 'boxoffice migrate'\n"))
            #expect(run.error.contains("- shard 1 (host="))
            #expect(!run.error.contains("- shard 0 (host="))
            let password = try #require(URL(string: databases.directoryURL)?.password())
            #expect(!run.error.contains(password))
        }
    }

    @Test(
        "With everything there it becomes ready, and a signal ends it with status 0",
        arguments: ["serve", "work"])
    func readyAndStopped(command: String) async throws {
        try await TestDatabases.with(shards: 2) { databases in
            let run = try await BuiltProgram.start(
                [command], environment: environment(databases)
            ) { program in
                let port = try await program.capture(RunningTests.listening)
                let deadline = ContinuousClock.now + RunningProgram.patience
                var answer = ""
                while !answer.contains("200 OK"), ContinuousClock.now < deadline {
                    answer = try await curl(port, "readyz")
                }
                #expect(answer.contains(#"{"status":"healthy","checks":["#))
                program.send(SIGTERM)
            }.run
            #expect(run.status == 0)
            #expect(run.error.hasSuffix(" stopped\n"))
        }
    }
}
