package import BookingDomain
package import Postgres

/// An account as it is stored.
package struct UserAccount: Sendable {
    package let user: User
    package let passwordHash: String
    /// How often the password was changed.
    package let generation: Int
}

/// A new password for an account, and perhaps a new name.
///
/// One value, not six arguments: Swift 6.3.1 crashes on an async function with so many of them, some of which
/// have 128 bits.
package struct PasswordChange: Sendable {
    package let account: UserID
    /// The hash that is stored now, and the one to take its place.
    package let stored: String
    package let newHash: String
    package let name: String?
    /// The session that makes the change, which goes on.
    package let session: SessionID
    /// The longest that any session lasts.
    package let sessionsLast: Duration

    package init(
        account: UserID, stored: String, newHash: String, name: String?, session: SessionID,
        sessionsLast: Duration
    ) {
        self.account = account
        self.stored = stored
        self.newHash = newHash
        self.name = name
        self.session = session
        self.sessionsLast = sessionsLast
    }
}

/// What a change of a password comes to.
package struct ChangedPassword: Sendable {
    package let user: User
    /// That the account's other sessions have ended.
    package let revocation: SessionRevocation

    package init(user: User, revocation: SessionRevocation) {
        self.user = user
        self.revocation = revocation
    }
}

/// The users, in the directory database.
package struct UserRepository: Sendable {
    private let directory: PostgresPool

    package init(directory: PostgresPool) { self.directory = directory }

    /// Stores a new account; throws `emailTaken` when its address has one, however it is written.
    package func create(_ user: User, passwordHash: String) async throws(StoreError) {
        let account = UserAccount(user: user, passwordHash: passwordHash, generation: 0)
        _ = try await storing { () async throws(PostgresError) in
            try await directory.execute(InsertAccount(account: account))
        }
    }

    /// The account of an e-mail address, however it is written.
    package func account(email: String) async throws(StoreError) -> UserAccount? {
        try await storing { () async throws(PostgresError) in
            try await directory.execute(SelectAccountByEmail(email: email)).first
        }
    }

    /// Stores another hash of the same password, unless what is stored is not that any more.
    package func replaceHash(
        of user: UserID, _ stored: String, with newHash: String
    ) async throws(StoreError) {
        _ = try await storing { () async throws(PostgresError) in
            try await directory.execute(
                ReplacePasswordHash(account: user, stored: stored, newHash: newHash))
        }
    }

    package func account(_ id: UserID) async throws(StoreError) -> UserAccount? {
        try await storing { () async throws(PostgresError) in
            try await directory.execute(SelectAccountByID(id: id)).first
        }
    }

    package func user(_ id: UserID) async throws(StoreError) -> User? {
        try await account(id)?.user
    }

    /// Gives an account another name; `nil` when there is no such account.
    package func rename(_ id: UserID, to name: String) async throws(StoreError) -> User? {
        try await storing { () async throws(PostgresError) in
            try await directory.execute(RenameAccount(account: id, name: name)).first?.user
        }
    }

    /// Notes that an account begins to make an event; returns whether there is such an account.
    package func noteEventMaking(by id: UserID) async throws(StoreError) -> Bool {
        try await storing { () async throws(PostgresError) in
            try await directory.execute(NoteEventMaking(account: id))
        }.first ?? false
    }

    /// Removes an account, and with it name and address, and ends all its sessions; `nil` when there is none, or
    /// it began to make an event a moment ago.
    ///
    /// Its id stays in events and bookings, and means nobody.
    package func erase(
        _ id: UserID, sessionsLast: Duration
    ) async throws(StoreError) -> SessionRevocation? {
        let gone = try await storing { () async throws(PostgresError) in
            try await directory.pipeline(
                EraseAccount(account: id, sessionsLast: sessionsLast), NotifySessionRevoked()
            ).0.first
        }
        guard let gone else { return nil }
        return SessionRevocation(
            .account(
                id, generation: gone.generation, madeBefore: gone.madeBefore, sparing: nil),
            expiresAt: gone.expiresAt)
    }

    /// Stores a new password, and ends all sessions of the account but the one that changes it.
    ///
    /// `nil`, and nothing is changed, when another hash is stored by now.
    package func changePassword(
        _ change: PasswordChange
    ) async throws(StoreError) -> ChangedPassword? {
        let changed = try await storing { () async throws(PostgresError) in
            try await directory.pipeline(
                ChangePassword(change: change),
                NotifySessionRevoked()
            ).0.first
        }
        guard let changed else { return nil }
        let subject = SessionRevocation.Subject.account(
            change.account, generation: changed.generation, madeBefore: changed.madeBefore,
            sparing: change.session)
        return ChangedPassword(
            user: changed.user,
            revocation: SessionRevocation(subject, expiresAt: changed.expiresAt))
    }
}
