import BookingDomain
import BookingStore

/// Signing up, signing in, and who one is.
struct AccountService: Sendable {
    let users: any UserStore
    let hasher: PasswordHasher
    let tokens: SessionTokens
    let surroundings: Surroundings

    /// What signing in gives.
    struct Session: Sendable {
        let token: String
        let expiresAt: Instant
        let user: User
    }

    func signUp(_ draft: UserDraft) async throws -> User {
        let passwordHash = try await hasher.hash(draft.password)
        let random = UInt128(surroundings.random()) << 64 | UInt128(surroundings.random())
        let user = User(
            id: UserID(now: surroundings.now(), random: random), email: draft.email,
            name: draft.name, role: draft.role)
        try await asking { () async throws(StoreError) in
            try await users.create(user, passwordHash: passwordHash)
        }
        return user
    }

    /// Takes as long for an unknown address as for a wrong password, and answers the same.
    func signIn(_ signIn: SignIn) async throws -> Session {
        let account = try await asking { () async throws(StoreError) in
            try await users.credentials(of: signIn.email)
        }
        let matches = try await hasher.matches(
            signIn.password, stored: account?.passwordHash)
        guard matches, let user = account?.user else { throw Refusal.wrongCredentials }
        let (token, expiresAt) = try await tokens.issue(to: user, at: surroundings.now())
        return Session(token: token, expiresAt: expiresAt, user: user)
    }

    /// The account of whoever asks; one that is gone is as good as not signed in.
    func account(of principal: Principal) async throws -> User {
        let user = try await asking { () async throws(StoreError) in
            try await users.user(principal.user)
        }
        guard let user else { throw Refusal.invalidToken }
        return user
    }
}
