package import BookingDomain
package import BookingStore

/// The accounts, as the ingress needs them.
package protocol UserStore: Sendable {
    /// Stores a new account; throws `emailTaken` when the address has one.
    func create(_ user: User, passwordHash: String) async throws(StoreError)
    /// The account of an address, in whatever case it is written.
    func credentials(of email: String) async throws(StoreError) -> Credentials?
    func user(_ id: UserID) async throws(StoreError) -> User?
}

/// An account with its password, as it is stored.
package struct Credentials: Hashable, Sendable {
    package let user: User
    package let passwordHash: String

    package init(user: User, passwordHash: String) {
        self.user = user
        self.passwordHash = passwordHash
    }
}

extension UserRepository: UserStore {
    package func credentials(of email: String) async throws(StoreError) -> Credentials? {
        guard let account = try await account(email: email) else { return nil }
        return Credentials(user: account.user, passwordHash: account.passwordHash)
    }
}
