package import Postgres

/// Who may do what in the databases; the lists are `schemas/sql/rights*.sql`.
///
/// Each program has a database role of its own, so that one that is taken over cannot do what another may. It
/// connects as that role, or as a user that is a member of it.
package enum BookingRights {
    /// The role of ingresses, that of workers and their fleet, and that of operators.
    ///
    /// Whoever migrates owns the tables.
    package static let roles = ["boxoffice_ingress", "boxoffice_worker", "boxoffice_operator"]

    /// How long granting may take, with the wait for others who grant.
    private static let timeout = Duration.seconds(90)

    /// Gives the roles what they need in a migrated database, and nobody else anything.
    ///
    /// - Parameters:
    ///   - kind: Which kind of database it is.
    ///   - pool: Connects as the owner of the tables.
    /// - Returns: Whether something is missing.
    /// - Throws: ``PostgresError`` when the rights are as before.
    package static func grant(
        in kind: DatabaseKind, by pool: PostgresPool
    ) async throws -> RightsReport {
        let missing = try await pool.execute(SelectMissingRoles(roles: roles))
        guard missing.isEmpty else { return RightsReport(missingRoles: missing, loose: []) }
        let script = [PackageResources.rights_sql, list(of: kind)]
            .map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
        try await pool.withConnection { connection in
            // A text of several statements is one transaction.
            try await connection.run(script: script, timeout: timeout)
        }
        return RightsReport(
            missingRoles: [], loose: try await pool.execute(SelectLooseRights(roles: roles)))
    }

    private static func list(of kind: DatabaseKind) -> [UInt8] {
        switch kind {
        case .directory: PackageResources.rights_directory_sql
        case .shard: PackageResources.rights_shard_sql
        }
    }
}

/// What came of granting.
package struct RightsReport: Hashable, Sendable {
    /// Nothing was granted, since these roles do not exist.
    package let missingRoles: [String]
    /// What is not as it should be, and only the owner of the database or of the schema can mend.
    package let loose: [String]
}
