import BookingDomain
import BookingStore
import Synchronization

/// The sessions that ended before their time, as far as this instance has been told.
///
/// A question here costs a lock; who remembers the answer asks again only when ``version`` has changed.
final class RevokedSessions: Sendable {
    private let memory = Mutex(RevocationMemory())
    private let versions = Atomic<UInt64>(0)

    /// Changes whenever a session may have been revoked.
    var version: UInt64 { versions.load(ordering: .acquiring) }

    /// Takes revocations in; those that are known already change nothing.
    func take(_ revocations: [SessionRevocation]) {
        let isNew = memory.withLock { memory in
            revocations.reduce(false) { memory.take($1) || $0 }
        }
        if isNew { versions.add(1, ordering: .releasing) }
    }

    /// Forgets the revocations of sessions that would have ended by now anyway.
    func forgetExpired(at now: Instant) { memory.withLock { $0.forgetExpired(at: now) } }

    /// Whether the session was ended.
    func revokes(_ principal: Principal) -> Bool { memory.withLock { $0.revokes(principal) } }

    /// How many revocations could not be kept.
    var dropped: Int { memory.withLock { $0.dropped } }
}

/// Revocations in memory, by session and by account.
struct RevocationMemory: Sendable {
    /// The most that are kept of either kind.
    ///
    /// Each takes a sign-in to make, which costs a quarter of a second of a core: at ten a second and twelve
    /// hours there are less than half as many.
    static let countMax = 1_000_000

    private struct Account {
        let generation: Int
        let madeBefore: Instant
        let spared: SessionID?
        let expiresAt: Instant
    }

    private let countMax: Int
    private var sessions: [SessionID: Instant] = [:]
    private var accounts: [UserID: Account] = [:]
    /// How many found no room.
    private(set) var dropped = 0

    init(countMax: Int = RevocationMemory.countMax) { self.countMax = countMax }

    /// Takes a revocation in; `false` when it is known.
    mutating func take(_ revocation: SessionRevocation) -> Bool {
        switch revocation.subject {
        case .session(let session):
            guard sessions[session] == nil, hasRoom(sessions.count) else { return false }
            sessions[session] = revocation.expiresAt
        case .account(let user, let generation, let madeBefore, let spared):
            if let known = accounts[user] {
                guard known.generation < generation else { return false }
            } else {
                guard hasRoom(accounts.count) else { return false }
            }
            accounts[user] = Account(
                generation: generation, madeBefore: madeBefore, spared: spared,
                expiresAt: revocation.expiresAt)
        }
        return true
    }

    func revokes(_ principal: Principal) -> Bool {
        if sessions[principal.session] != nil { return true }
        guard let account = accounts[principal.user], account.spared != principal.session else {
            return false
        }
        guard let generation = principal.generation else {
            return principal.issuedAt < account.madeBefore
        }
        return generation < account.generation
    }

    mutating func forgetExpired(at now: Instant) {
        sessions = sessions.filter { now < $0.value }
        accounts = accounts.filter { now < $0.value.expiresAt }
    }

    private mutating func hasRoom(_ count: Int) -> Bool {
        if count < countMax { return true }
        dropped += 1
        return false
    }
}
