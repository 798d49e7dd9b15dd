import BookingDomain
import BookingTestSupport
import Postgres

@testable import BookingStore

/// One of every statement that the program sends.
struct StatementSamples {
    let directory: [any PostgresStatement]
    let shard: [any PostgresStatement]

    init() throws {
        let event = try TestEvents.event(capacities: [5], maxPerUser: 2)
        let user = TestEvents.user()
        let number = event.id.shard
        let lease = Lease(shard: number, owner: "a", epoch: 1, duration: .seconds(2))
        let key = try TestEvents.key(for: event.id)
        var batch = Batch([event.id: EventLedger(event)])
        _ = batch.apply(try TestEvents.book(event.id, user: user), at: TestEvents.now)
        let effects = batch.effects
        let page = try LogPage(effects.flatMap(\.entries), of: event.id).orThrow()
        let account = UserAccount(
            user: User(id: user, email: "a@example.org", name: "A", role: .attendee),
            passwordHash: "hash", generation: 0)
        let change = PasswordChange(
            account: user, stored: "hash", newHash: "another", name: "B",
            session: SessionID(bits: 1), sessionsLast: .seconds(60))
        directory = [
            InsertAccount(account: account), SelectAccountByEmail(email: "a@example.org"),
            SelectAccountByID(id: user),
            ReplacePasswordHash(account: user, stored: "hash", newHash: "another"),
            InsertSessionRevocation(session: SessionID(bits: 1), expiresAt: TestEvents.now),
            NotifySessionRevoked(), SelectRevocationMark(),
            SelectRevocations(
                from: RevocationPlace(transaction: "1", subject: 0), limit: 1),
            DeleteExpiredRevocations(), ChangePassword(change: change),
            SelectAccountsNotCanonical(after: nil, max: 1),
            SetCanonicalAddress(account: user, canonical: "a@example.org"),
            RenameAccount(account: user, name: "B"),
            NoteEventMaking(account: user),
            EraseAccount(account: user, sessionsLast: .seconds(60)), SelectWorkers(),
            BeatHeart(worker: WorkerStanding(name: "a", shards: [number], isAble: true)),
            RetireWorker(name: "a"), SelectMissingRoles(roles: ["a"]),
            SelectLooseRights(roles: ["a"]),
        ]
        shard =
            [
                ClaimLease(
                    shard: number, claim: LeaseClaim(owner: "a", duration: .seconds(2))),
                RenewLease(lease: lease), ReleaseLease(lease: lease), EndStuckOwner(shard: number),
                NameShard(shard: 0), SelectShardName(), SelectKinds(),
                SelectBookings(bookings: [BookingReference(event: event.id, key: key)]),
                SelectChanges(
                    changes: [ChangeReference(event: event.id, command: CommandID(key))]),
                SelectDue(events: [event.id], limit: 1), SelectDeadlines(),
                SelectUnlogged(event: event.id, after: 0, upTo: 1), SelectUnloggedEvents(),
                SelectLogEnd(event: event.id),
                InsertPackedPage(page: page, epoch: 1),
                SelectBookingsOfUser(user: user, before: nil, limit: 1),
                SelectBookingsOfEvent(event: event.id, after: 0, limit: 1),
                Fence(lease: lease, commands: 1, messages: 1, waited: .zero),
                AdvanceEvents(effects: effects), MovePlaces(effects: effects),
                InsertBookings(effects: effects, lease: lease), UpdateBookings(effects: effects),
                InsertChanges(effects: effects), InsertLogPages(effects: effects, lease: lease),
                TakeFromTallies(effects: effects),
                PauseEvent(event: event.id, isPaused: true),
                PauseShard(shard: number, isPaused: true),
            ] + Self.others(event, user, lease)
            + [AddToTallies(effects: effects)]
    }

    private static func others(
        _ event: Event, _ user: UserID, _ lease: Lease
    ) -> [any PostgresStatement] {
        let digest = PostgresUUID(high: 1, low: 2)
        let buyer = Buyer(user: user, event: event.id)
        return [
            BuryLetter(
                lease: lease,
                letter: StoredLetter(event: event.id, problem: "p", type: nil, body: [])),
            SelectLetters(limit: 1), DeleteLetter(number: 1),
            TrySuspect(lease: lease, digest: digest, process: digest),
            ForgetTrials(digests: [digest], process: digest), ClearSuspect(digest: digest),
            SelectShardStatus(), SelectLines(),
            InsertEvent(event: event), InsertTicketTypes(event: event),
            NotifyEventChanged(event: event.id), SelectEvents(ids: [event.id]),
            SelectLedgers(ids: [event.id]),
            SelectPublicEvents(before: nil, limit: 1),
            CountEventsNotOver(organizer: user, max: 1), SelectEventsToConsume(),
            IsToConsume(event: event.id), SelectTaken(buyers: [buyer]),
            SelectLeftovers(buyers: [buyer]), SelectUntallied(events: [event.id]),
            LockEvent(event: event.id), TallyEvent(event: event.id, rowsMax: 1),
            LimitStatementTime(limit: .seconds(1)),
        ]
    }
}
