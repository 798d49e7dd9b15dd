package import BookingDomain
package import Postgres

/// Gives every account the canonical form of its address: those made by older versions lack it.
package struct CanonicalAddresses: Sendable {
    /// An account that keeps its address as it is written, for another one has the same.
    package struct Collision: Hashable, Sendable {
        package let account: UserID
        package let holder: UserID
    }

    private static let pageMax = 500
    private let directory: PostgresPool

    package init(directory: PostgresPool) { self.directory = directory }

    /// Fills in what is missing, the oldest account first; returns what cannot be.
    package func fillIn() async throws(StoreError) -> [Collision] {
        var collisions: [Collision] = []
        var last: UserID?
        while true {
            let after = last
            let page = try await storing { () async throws(PostgresError) in
                try await directory.execute(
                    SelectAccountsNotCanonical(after: after, max: Self.pageMax))
            }
            for (account, email) in page {
                if let holder = try await fillIn(account, EmailAddress.canonical(of: email)) {
                    collisions.append(Collision(account: account, holder: holder))
                }
            }
            guard page.count == Self.pageMax else { return collisions }
            last = page.last?.account
        }
    }

    /// Returns the account that has the address already.
    private func fillIn(
        _ account: UserID, _ canonical: String
    ) async throws(StoreError) -> UserID? {
        let statement = SetCanonicalAddress(account: account, canonical: canonical)
        do throws(StoreError) { return try await execute(statement) } catch {
            // Somebody signed up with it meanwhile, and is found now.
            guard error.code == .emailTaken else { throw error }
            return try await execute(statement)
        }
    }

    private func execute(_ statement: SetCanonicalAddress) async throws(StoreError) -> UserID? {
        try await storing { () async throws(PostgresError) in
            try await directory.execute(statement)
        }.first ?? nil
    }
}
