package import BookingDomain
package import BookingStore

/// The accounts, as the ingress needs them.
package protocol UserStore: Sendable {
    /// Stores a new account; throws `emailTaken` when the address has one.
    func create(_ user: User, passwordHash: String) async throws(StoreError)
    /// The account of an address, however it is written.
    func credentials(of email: String) async throws(StoreError) -> Credentials?
    func credentials(of id: UserID) async throws(StoreError) -> Credentials?
    func user(_ id: UserID) async throws(StoreError) -> User?
    /// Gives an account another name; `nil` when there is no such account.
    func rename(_ id: UserID, to name: String) async throws(StoreError) -> User?
    /// Notes that an account begins to make an event; returns whether there is such an account.
    func noteEventMaking(by id: UserID) async throws(StoreError) -> Bool
    /// Removes an account, and with it name and address, and ends all its sessions; `nil` when there is none, or
    /// it began to make an event a moment ago.
    func erase(
        _ id: UserID, sessionsLast: Duration
    ) async throws(StoreError) -> SessionRevocation?
    /// Stores a new password, and ends all sessions of the account but the one that changes it.
    ///
    /// `nil`, and nothing is changed, when another hash is stored by now.
    func changePassword(_ change: PasswordChange) async throws(StoreError) -> ChangedPassword?
    /// Stores another hash of the same password, unless the password was changed meanwhile.
    func replaceHash(
        of user: UserID, _ stored: String, with newHash: String
    ) async throws(StoreError)
}

/// An account with its password, as it is stored.
package struct Credentials: Hashable, Sendable {
    package let user: User
    package let passwordHash: String
    /// How often the password was changed.
    package let generation: Int

    package init(user: User, passwordHash: String, generation: Int) {
        self.user = user
        self.passwordHash = passwordHash
        self.generation = generation
    }
}

extension UserRepository: UserStore {
    package func credentials(of email: String) async throws(StoreError) -> Credentials? {
        try await account(email: email).map { Credentials($0) }
    }

    package func credentials(of id: UserID) async throws(StoreError) -> Credentials? {
        try await account(id).map { Credentials($0) }
    }

}

extension Credentials {
    fileprivate init(_ account: UserAccount) {
        self.init(
            user: account.user, passwordHash: account.passwordHash, generation: account.generation)
    }
}
