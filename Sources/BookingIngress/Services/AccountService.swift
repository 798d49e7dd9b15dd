import BookingDomain
import BookingStore
import Logging

/// Signing up, signing in, and who one is.
struct AccountService: Sendable {
    let users: any UserStore
    let events: any EventStore
    let hasher: PasswordHasher
    let tokens: SessionTokens
    let sessions: any SessionStore
    let revoked: RevokedSessions
    let limits: SignInLimits
    let surroundings: Surroundings
    let logger: Logger

    /// What signing in gives.
    struct Session: Sendable {
        let token: String
        let expiresAt: Instant
        let user: User
        /// What is left of the budgets for signing in.
        let fields: RateFields?
    }

    func signUp(_ draft: UserDraft, from client: ClientAddress) async throws -> User {
        let passwordHash = try await hasher.hash(draft.password, for: client)
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
    func signIn(_ signIn: SignIn, from client: ClientAddress) async throws -> Session {
        let (account, fields) = try await comparing(
            signIn.password, for: signIn.email, from: client
        ) { () async throws(StoreError) in try await users.credentials(of: signIn.email) }
        guard let account else { throw Refusal.wrongCredentials }
        let (token, expiresAt) = try await tokens.issue(
            to: account.user, generation: account.generation, at: surroundings.now())
        return Session(token: token, expiresAt: expiresAt, user: account.user, fields: fields)
    }

    /// The account of whoever asks; one that is gone is as good as not signed in.
    func account(of principal: Principal) async throws -> User {
        let user = try await asking { () async throws(StoreError) in
            try await users.user(principal.user)
        }
        guard let user else { throw Refusal.invalidToken }
        return user
    }

    /// Ends the session of whoever asks: here at once, on other instances when they hear of it.
    func signOut(_ principal: Principal) async throws {
        try await asking { () async throws(StoreError) in
            try await sessions.revoke(principal.session, until: principal.expiresAt)
        }
        revoked.take([
            SessionRevocation(.session(principal.session), expiresAt: principal.expiresAt)
        ])
    }

    /// Removes the account of whoever asks: name and address are gone, and all its sessions end.
    ///
    /// Bookings that are decided stay, under an id that means nobody. An organizer whose events are not over
    /// must stay: buyers have a right to know whose they are.
    func erase(_ principal: Principal) async throws {
        let isOrganizing = try await asking { () async throws(StoreError) in
            try await events.hasEventsNotOver(principal.user)
        }
        guard !isOrganizing else { throw Refusal.organizingEvents }
        let revocation = try await asking { () async throws(StoreError) in
            try await users.erase(principal.user, sessionsLast: SessionTokens.lifetimeMax)
        }
        guard let revocation else {
            // It is gone already, or is making an event at this moment.
            _ = try await account(of: principal)
            throw Refusal.organizingEvents
        }
        revoked.take([revocation])
    }

    /// Changes the account of whoever asks.
    ///
    /// A new password ends all other sessions of the account; the one that asks goes on.
    func change(
        _ change: AccountChange, of principal: Principal, from client: ClientAddress
    ) async throws -> User {
        guard let passwords = change.passwords else {
            guard let name = change.name else { return try await account(of: principal) }
            let user = try await asking { () async throws(StoreError) in
                try await users.rename(principal.user, to: name)
            }
            guard let user else { throw Refusal.invalidToken }
            return user
        }
        let email = try await account(of: principal).email
        let account = try await comparing(passwords.current, for: email, from: client) {
            () async throws(StoreError) in try await users.credentials(of: principal.user)
        }.account
        guard let account else { throw Refusal.wrongPassword }
        let newHash = try await hasher.hash(passwords.new, for: client)
        let wanted = PasswordChange(
            account: principal.user, stored: account.passwordHash, newHash: newHash,
            name: change.name, session: principal.session,
            sessionsLast: SessionTokens.lifetimeMax)
        let changed = try await asking { () async throws(StoreError) in
            try await users.changePassword(wanted)
        }
        // Somebody else was faster: what was compared is not the password any more.
        guard let changed else { throw Refusal.wrongPassword }
        revoked.take([changed.revocation])
        return changed.user
    }

    /// The account that `find` finds, if the password is its password; within the limits of signing in.
    private func comparing(
        _ password: String, for email: String, from client: ClientAddress,
        find: () async throws(StoreError) -> Credentials?
    ) async throws -> (account: Credentials?, fields: RateFields?) {
        let attempt = try await limits.attempt(email, by: client)
        do {
            // Nobody's, and not to be told from a wrong one by the time it takes.
            let isNobodys = !email.canBeStored || !password.canBeStored
            var account = isNobodys ? nil : try await asking(find)
            let check = try await hasher.check(
                password, stored: account?.passwordHash, for: client)
            switch check {
            case .wrong: return (nil, attempt.fields)
            case .right: break
            case .rightAtAnotherCost(let newHash):
                account = await storing(newHash, for: account)
            }
            limits.giveBack(attempt)
            return (account, attempt.fields)
        } catch {
            limits.giveBack(attempt)
            throw error
        }
    }

    /// Stores the password's hash at the cost of now, and returns the account as it is stored then; if that
    /// fails, the next sign-in tries again.
    private func storing(_ newHash: String, for account: Credentials?) async -> Credentials? {
        guard let account else { return nil }
        do {
            try await users.replaceHash(
                of: account.user.id, account.passwordHash, with: newHash)
            return Credentials(
                user: account.user, passwordHash: newHash, generation: account.generation)
        } catch {
            logger.warning(
                "a password is not stored at its new cost yet", metadata: ["error": "\(error.code)"]
            )
            return account
        }
    }
}
