import BookingTestSupport
import Foundation
import Testing

@testable import BookingStore
@testable import Postgres

/// The statements that a release sends, tried on the schema of today: a database is migrated before the
/// programs are replaced, and stays so when they are taken back.
@Suite("Statements of each release") struct GoldenStatementTests {
    struct File: Codable {
        /// The last migrations that the release knew.
        var directoryVersion: Int
        var shardVersion: Int
        var directory: [Statement]
        var shard: [Statement]
    }

    struct Statement: Codable {
        var sql: String
        /// The types of the parameters.
        var types: [UInt32]

        init(_ statement: some PostgresStatement) throws {
            let bound = try BoundStatement(statement)
            sql = bound.sql
            types = bound.parameters.oids
        }
    }

    @Test("The statements of this version can be recorded for a release")
    func recorded() throws {
        let samples = try StatementSamples()
        let file = File(
            directoryVersion: BookingMigrations.directory.map(\.version).max() ?? 0,
            shardVersion: BookingMigrations.shard.map(\.version).max() ?? 0,
            directory: try samples.directory.map { try Statement($0) },
            shard: try samples.shard.map { try Statement($0) })
        #expect(file.shard.contains { $0.types.count > 3 })
        try GoldenRelease.recorded?.write(file, to: "statements.json")
    }

    @Test("They are all that there are")
    func complete() throws {
        let samples = try StatementSamples()
        let sampled = (samples.directory + samples.shard).map { "\(type(of: $0))" }
        let sources = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/BookingStore")
        let files = try #require(FileManager.default.enumerator(atPath: sources.path))
        var declared: [String] = []
        for case let path as String in files where path.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
            declared += text.matches(of: /struct (\w+): PostgresStatement/).map { String($0.1) }
        }
        #expect(sampled.sorted() == declared.sorted())
    }

    @Test(
        "A release's statements can be sent, unless a migration says that it broke the release",
        arguments: GoldenRelease.all)
    func prepared(of release: GoldenRelease) async throws {
        let file = try release.value("statements.json", as: File.self)
        guard BookingMigrations.areFit(for: release, file.directoryVersion, file.shardVersion)
        else { return }
        try await TestDatabases.with(shards: 1) { databases in
            try await Self.prepare(file.directory, in: databases.directory)
            try await Self.prepare(file.shard, in: databases.shards[0])
        }
    }

    private static func prepare(_ statements: [Statement], in pool: PostgresPool) async throws {
        #expect(!statements.isEmpty)
        try await pool.withConnection { connection in
            for statement in statements {
                let types = try await connection.execute(FormatTypes(oids: statement.types))
                let list = types.isEmpty ? "" : " (\(types.joined(separator: ", ")))"
                do {
                    try await connection.run(
                        script: "PREPARE golden\(list) AS \(statement.sql); DEALLOCATE golden")
                } catch { Issue.record("\(error)\n\(statement.sql)") }
            }
        }
    }
}

/// The names of types, in order.
struct FormatTypes: PostgresStatement {
    static let sql = """
        SELECT format_type(oid::oid, NULL) FROM unnest($1) WITH ORDINALITY AS t (oid, place)
        ORDER BY place
        """
    let oids: [UInt32]

    func bind(to parameters: inout PostgresParameters) { parameters.append(oids.map(Int64.init)) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> String { try row.next() }
}
