package import BookingDomain
package import Postgres

/// An account as it is stored.
package struct UserAccount: Sendable {
    package let user: User
    package let passwordHash: String
}

/// The users, in the directory database.
package struct UserRepository: Sendable {
    private let directory: PostgresPool

    package init(directory: PostgresPool) { self.directory = directory }

    /// Stores a new account; throws `emailTaken` when its address has one, in whatever case.
    package func create(_ user: User, passwordHash: String) async throws(StoreError) {
        let account = UserAccount(user: user, passwordHash: passwordHash)
        _ = try await storing { () async throws(PostgresError) in
            try await directory.execute(InsertAccount(account: account))
        }
    }

    /// The account of an e-mail address, in whatever case.
    package func account(email: String) async throws(StoreError) -> UserAccount? {
        try await storing { () async throws(PostgresError) in
            try await directory.execute(SelectAccountByEmail(email: email)).first
        }
    }

    package func user(_ id: UserID) async throws(StoreError) -> User? {
        try await storing { () async throws(PostgresError) in
            try await directory.execute(SelectAccountByID(id: id)).first?.user
        }
    }
}
