import Testing

@testable import Postgres

@Suite("Errors")
struct ErrorTests {
    private static let refusal = ServerFailure(
        severity: "ERROR", sqlState: .uniqueViolation, message: "duplicate key", table: "item",
        constraint: "item_pkey")
    private static let shutdown = ServerFailure(
        severity: "FATAL", sqlState: .adminShutdown, message: "terminating connection")
    private static let token = TransactionToken(number: 1)

    @Test("A description has everything that is no value")
    func description() {
        let error = ExchangeFailure.refused(Self.refusal, statement: 2)
            .error(during: .pipeline([]), inTransaction: false)
        #expect(
            error.description
                == "server, SQLSTATE 23505, table item, constraint item_pkey, statement 2: duplicate key"
        )
    }

    @Test(
        "Messages of conditions that quote values are kept out of every description",
        arguments: [SQLState.invalidTextRepresentation, .raiseException, .init(rawValue: "22023")])
    func values(state: SQLState) {
        let error = PostgresError(
            code: .server, message: "invalid input: \"hush\"", sqlState: state, isSafeToRetry: true)
        var dumped = ""
        dump(error, to: &dumped)
        for text in ["\(error)", String(reflecting: error), dumped] {
            #expect(!text.contains("hush"))
            #expect(text.contains(state.rawValue))
        }
        #expect(error.message.contains("hush"))
    }

    /// What may be asked again, after which failure of which work, inside a transaction or outside.
    private static let works: [(name: String, work: Job.Work)] = [
        ("pipeline", .pipeline([])), ("begin", .begin(token)), ("commit", .commit),
        ("rollback", .rollback), ("script", .script("")),
    ]

    private static let safe: [String: [String]] = [
        // failure, outside or inside: the works that are safe to retry
        "refused outside": ["pipeline", "begin", "commit", "rollback"],
        "refused inside": ["pipeline", "begin", "commit", "rollback"],
        "lost outside": ["begin", "rollback"],
        "lost inside": ["pipeline", "begin", "rollback"],
        "expired outside": ["begin", "rollback"],
        "expired inside": ["pipeline", "begin", "rollback"],
        "stopped outside": ["begin", "rollback"],
        "stopped inside": ["pipeline", "begin", "rollback"],
    ]

    @Test("Only what cannot have taken effect is safe to retry", arguments: safe)
    func safeToRetry(situation: String, expected: [String]) {
        let failure: ExchangeFailure =
            switch situation.prefix(while: { $0 != " " }) {
            case "refused": .refused(Self.refusal, statement: 0)
            case "lost": .lost(Self.shutdown, statement: 0)
            case "expired": .expired
            default: .stopped
            }
        let actual = Self.works.filter {
            failure.error(during: $0.work, inTransaction: situation.hasSuffix("inside"))
                .isSafeToRetry
        }
        #expect(actual.map(\.name) == expected)
    }

    @Test("A failed attempt's text gives up its message and its condition")
    func connectionMessage() {
        let failure = ConnectionMessage.parse(
            """
            connection to server at "::1", port 5432 failed: Connection refused
            \tIs the server running on that host and accepting TCP/IP connections?
            connection to server at "127.0.0.1", port 5432 failed: FATAL:  3D000: database "a" does \
            not exist
            DETAIL:  secret
            LOCATION:  InitPostgres, postinit.c:1004

            """)
        #expect(failure.sqlState == .invalidCatalogName)
        #expect(
            failure.message == """
                connection to server at "::1", port 5432 failed: Connection refused; Is the server \
                running on that host and accepting TCP/IP connections?; connection to server at \
                "127.0.0.1", port 5432 failed: FATAL:  3D000: database "a" does not exist
                """)
        #expect(ConnectionMessage.parse("").message == "the connection broke")
        #expect(ConnectionMessage.parse("failed: FATAL:  no state").sqlState == nil)
    }
}
