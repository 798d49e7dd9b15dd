import BookingDomain
import BookingStore
import BookingTestSupport
import Synchronization

@testable import BookingIngress

/// The stores in memory, with a switch that takes them away.
final class FakeStores: UserStore, SessionStore, EventStore, DecidedBookings, KindStore {
    fileprivate struct State {
        var awayWith: StoreError.Code?
        var credentials: [String: Credentials] = [:]
        var revocations: [SessionRevocation] = []
        var listeners: [@Sendable () -> Void] = []
        var events: [EventID: Event] = [:]
        var bookings: [BookingKey: Booking] = [:]
        var changes: [CommandID: Change] = [:]
        /// Bookings that are stored in words of a newer version.
        var newer: Set<BookingKey> = []
        var eventLookUps = 0
        var pageLookUps = 0
        var bookingLookUps: [[BookingReference]] = []
        var leftoverLookUps = 0
        /// What the owners of the shards say that they read, and for how long.
        var kinds: [ShardNumber: [String: Duration]] = [:]
        var kindLookUps = 0
        /// Called before it is looked up what buyers may have still.
        var beforeLeftovers: (@Sendable () -> Void)?
        /// Look-ups of events and bookings wait here while the gate is shut.
        var gate: [CheckedContinuation<Void, Never>]?
        /// Whether it is shut for pages of events only.
        var isGateOfPages = false
    }

    fileprivate let state = Mutex(State())

    /// How often it was asked what the owner of a shard reads.
    var kindLookUps: Int { state.withLock { $0.kindLookUps } }

    /// Lets the owner of a shard read these kinds, for so long now.
    func announce(_ kinds: [String: Duration], in shard: ShardNumber) {
        state.withLock { $0.kinds[shard] = kinds }
    }

    func kinds(of shard: ShardNumber) async throws(StoreError) -> [String: Duration] {
        try ask { state in
            state.kindLookUps += 1
            return state.kinds[shard] ?? [:]
        }
    }

    fileprivate func ask<Value>(_ question: (inout State) throws(StoreError) -> sending Value)
        throws(StoreError) -> Value
    {
        try state.withLock { state throws(StoreError) -> sending Value in
            if let code = state.awayWith {
                throw StoreError(
                    code, "switched off", isSafeToRetry: code != .unknownOutcome)
            }
            return try question(&state)
        }
    }

    /// Lets whoever asks from now on hear that, until ``comeBack()``.
    func goAway(leaving code: StoreError.Code = .unavailable) {
        state.withLock { $0.awayWith = code }
    }
    func comeBack() { state.withLock { $0.awayWith = nil } }

    /// How often events were looked up.
    var eventLookUps: Int { state.withLock { $0.eventLookUps } }

    /// How often a page of events was looked up.
    var pageLookUps: Int { state.withLock { $0.pageLookUps } }

    /// The keys of each look-up of decided bookings.
    var bookingLookUps: [[BookingReference]] { state.withLock { $0.bookingLookUps } }

    /// How often it was looked up what buyers may have still.
    var leftoverLookUps: Int { state.withLock { $0.leftoverLookUps } }

    /// Calls `body` from now on before it is looked up what buyers may have still.
    func beforeLeftovers(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.beforeLeftovers = body }
    }

    /// Lets look-ups of events and bookings wait until ``openGate()``.
    func shutGate() { state.withLock { ($0.gate, $0.isGateOfPages) = ([], false) } }

    /// Lets look-ups of pages of events wait until ``openGate()``.
    func shutPageGate() { state.withLock { ($0.gate, $0.isGateOfPages) = ([], true) } }

    /// How many look-ups wait.
    var waitingAtGate: Int { state.withLock { $0.gate?.count ?? 0 } }

    func openGate() {
        let waiting = state.withLock { state in
            defer { state.gate = nil }
            return state.gate ?? []
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Something else changes an event.
    func change(_ event: EventID, _ body: (inout Event) -> Void) {
        state.withLock { state in
            guard var changed = state.events[event] else { return }
            body(&changed)
            state.events[event] = changed
        }
    }

    /// Lets these bookings be stored in words that this version does not know.
    func setNewer(_ keys: Set<BookingKey>) { state.withLock { $0.newer = keys } }

    /// Puts what a change came to into the database, as a worker would.
    func put(_ change: Change) { state.withLock { $0.changes[change.command] = change } }

    /// Puts a decided booking into the database, as a worker would.
    func put(_ booking: Booking) { state.withLock { $0.bookings[booking.key] = booking } }

    func create(_ user: User, passwordHash: String) async throws(StoreError) {
        try ask { state throws(StoreError) in
            let email = EmailAddress.canonical(of: user.email)
            guard state.credentials[email] == nil else {
                throw StoreError(.emailTaken, "taken")
            }
            state.credentials[email] = Credentials(
                user: user, passwordHash: passwordHash, generation: 0)
        }
    }

    func credentials(of email: String) async throws(StoreError) -> Credentials? {
        try ask { state in state.credentials[EmailAddress.canonical(of: email)] }
    }

    func replaceHash(
        of user: UserID, _ stored: String, with newHash: String
    ) async throws(StoreError) {
        try ask { state in
            for (email, account) in state.credentials
            where account.user.id == user && account.passwordHash == stored {
                state.credentials[email] = Credentials(
                    user: account.user, passwordHash: newHash, generation: account.generation)
            }
        }
    }

    /// The hash of a password as it is stored.
    func passwordHash(of email: String) -> String? {
        state.withLock { $0.credentials[email.lowercased()]?.passwordHash }
    }

    func user(_ id: UserID) async throws(StoreError) -> User? {
        try ask { state in state.credentials.values.first { $0.user.id == id }?.user }
    }

    func create(_ event: Event) async throws(StoreError) {
        try ask { state in state.events[event.id] = event }
    }

    func eventsNotOver(of organizer: UserID, max: Int) async -> Int {
        await passGate()
        return state.withLock { state in
            state.events.values.count { event in event.organizer == organizer }
        }
    }

    func hasEventsNotOver(_ organizer: UserID) async throws(StoreError) -> Bool {
        try ask { state in
            state.events.values.contains {
                $0.organizer == organizer && $0.overAt > TestEvents.now
            }
        }
    }

    /// Removes an account without telling anybody.
    func remove(_ id: UserID) {
        state.withLock { state in
            state.credentials = state.credentials.filter { $0.value.user.id != id }
        }
    }

    func noteEventMaking(by id: UserID) async throws(StoreError) -> Bool {
        // The directory is there when the shards are away.
        state.withLock { state in state.credentials.values.contains { $0.user.id == id } }
    }

    func erase(
        _ id: UserID, sessionsLast: Duration
    ) async throws(StoreError) -> SessionRevocation? {
        let revocation = try ask { state -> SessionRevocation? in
            guard
                let (email, account) = state.credentials.first(where: { $0.value.user.id == id })
            else { return nil }
            state.credentials[email] = nil
            let revocation = SessionRevocation(
                .account(
                    id, generation: account.generation + 1, madeBefore: TestEvents.now,
                    sparing: nil),
                expiresAt: TestEvents.farAway)
            state.revocations.append(revocation)
            return revocation
        }
        notify()
        return revocation
    }

    func events(_ ids: [EventID]) async throws(StoreError) -> [Event] {
        state.withLock { $0.eventLookUps += 1 }
        await passGate()
        return try ask { state in ids.compactMap { state.events[$0] } }
    }

    private func passGate(asPage isPage: Bool = false) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    guard state.gate != nil, isPage || !state.isGateOfPages else { return true }
                    state.gate?.append(continuation)
                    return false
                }
                if isOpen { continuation.resume() }
            }
        } onCancel: {
            // The test is over; should it have failed, nobody else opens the gate.
            openGate()
        }
    }

    func events(before cursor: EventID?, limit: Int) async throws(StoreError) -> [Event] {
        state.withLock { $0.pageLookUps += 1 }
        await passGate(asPage: true)
        return try ask { state in
            let listed = state.events.values.filter { event in
                event.status != .draft && event.isListed
                    && cursor.map { event.id < $0 } ?? true
            }
            return Array(listed.sorted { $0.id > $1.id }.prefix(limit))
        }
    }

    func bookings(_ references: [BookingReference]) async throws(StoreError) -> [Booking] {
        state.withLock { $0.bookingLookUps.append(references) }
        let keys = references.map(\.key)
        await passGate()
        return try ask { state throws(StoreError) in
            guard state.newer.isDisjoint(with: keys) else { throw StoreError(.newer, "newer") }
            return keys.compactMap { state.bookings[$0] }
        }
    }

    func changes(_ references: [ChangeReference]) async throws(StoreError) -> [Change] {
        await passGate()
        return try ask { state in references.compactMap { state.changes[$0.command] } }
    }

    func leftovers(of buyers: [Buyer]) async throws(StoreError) -> [BuyerLeftovers] {
        await passGate()
        state.withLock { $0.beforeLeftovers }?()
        return try ask { state in
            state.leftoverLookUps += 1
            return buyers.compactMap { buyer in
                let confirmed = state.bookings.values.filter {
                    $0.user == buyer.user && $0.event == buyer.event && $0.status == .confirmed
                }
                guard !confirmed.isEmpty else { return nil }
                var leftovers = BuyerLeftovers(buyer: buyer, left: [:])
                for type in state.events[buyer.event]?.ticketTypes ?? [] {
                    let taken = confirmed.flatMap { $0.basket?.items ?? [] }
                        .filter { $0.ticketType == type.number }
                        .reduce(0) { $0 + $1.quantity.rawValue }
                    guard let limit = type.maxPerUser, taken > 0 else { continue }
                    leftovers.left[type.number] = max(0, limit - taken)
                }
                return leftovers
            }
        }
    }

    func bookings(
        of user: UserID, in status: BookingStatus?, before cursor: BookingCursor?, limit: Int
    ) async throws(StoreError) -> [Booking] {
        try ask { state in
            let listed = state.bookings.values.filter { booking in
                booking.user == user && status.map { $0 == booking.status } ?? true
                    && cursor.map {
                        (booking.createdAt, booking.key) < ($0.createdAt, $0.key)
                    } ?? true
            }
            return Array(
                listed.sorted { ($0.createdAt, $0.key) > ($1.createdAt, $1.key) }.prefix(limit))
        }
    }

    func bookings(
        of event: EventID, after sequence: Int64, limit: Int
    ) async throws(StoreError) -> [Booking] {
        try ask { state in
            let listed = state.bookings.values.filter {
                $0.event == event && $0.sequence > sequence
            }
            return Array(listed.sorted { $0.sequence < $1.sequence }.prefix(limit))
        }
    }
}

extension FakeStores {
    func credentials(of id: UserID) async throws(StoreError) -> Credentials? {
        try ask { state in state.credentials.values.first { $0.user.id == id } }
    }

    func rename(_ id: UserID, to name: String) async throws(StoreError) -> User? {
        try ask { state in state.change(id) { $0.named(name) }?.user }
    }

    func changePassword(_ change: PasswordChange) async throws(StoreError) -> ChangedPassword? {
        let changed = try ask { state throws(StoreError) -> ChangedPassword? in
            guard state.credentials.values.contains(where: { $0.passwordHash == change.stored })
            else {
                return nil
            }
            let changed = state.change(change.account) { account in
                Credentials(
                    user: account.named(change.name ?? account.user.name).user,
                    passwordHash: change.newHash,
                    generation: account.generation + 1)
            }
            guard let changed else { return nil }
            let now = Surroundings.system.now()
            let revocation = SessionRevocation(
                .account(
                    change.account, generation: changed.generation, madeBefore: now,
                    sparing: change.session),
                expiresAt: Instant(
                    microsecondsSinceEpoch: now.microsecondsSinceEpoch
                        + change.sessionsLast.components.seconds * 1_000_000))
            state.revocations.append(revocation)
            return ChangedPassword(user: changed.user, revocation: revocation)
        }
        notify()
        return changed
    }

    func revoke(_ session: SessionID, until expiresAt: Instant) async throws(StoreError) {
        try ask { state in
            state.revocations.append(SessionRevocation(.session(session), expiresAt: expiresAt))
        }
        notify()
    }

    func revocations(
        since mark: RevocationMark?, _ take: ([SessionRevocation]) -> Void
    ) async throws(StoreError) -> RevocationMark {
        take(try ask { $0.revocations })
        return RevocationMark(transaction: "1")
    }

    func deleteExpired() async throws(StoreError) {}

    func listen(_ heard: @escaping @Sendable () -> Void) async throws {
        state.withLock { $0.listeners.append(heard) }
        heard()
        await untilCancelled()
    }

    private func notify() {
        for heard in state.withLock({ $0.listeners }) { heard() }
    }
}

extension FakeStores.State {
    fileprivate mutating func change(
        _ id: UserID, _ change: (Credentials) -> Credentials
    ) -> Credentials? {
        guard let (email, account) = credentials.first(where: { $0.value.user.id == id }) else {
            return nil
        }
        credentials[email] = change(account)
        return credentials[email]
    }
}

extension Credentials {
    fileprivate func named(_ name: String) -> Credentials {
        Credentials(
            user: User(id: user.id, email: user.email, name: name, role: user.role),
            passwordHash: passwordHash, generation: generation)
    }
}
