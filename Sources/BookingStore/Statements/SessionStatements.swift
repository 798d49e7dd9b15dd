import BookingDomain
import Postgres

struct InsertSessionRevocation: PostgresStatement {
    static let sql = """
        INSERT INTO session_revocation (subject, expires_at) VALUES ($1, $2)
        ON CONFLICT (subject) DO NOTHING
        """
    let session: SessionID
    let expiresAt: Instant

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(session.uuid)
        parameters.append(expiresAt.timestamp)
    }
}

/// Wakes the instances that listen; takes effect at the commit.
struct NotifySessionRevoked: PostgresStatement {
    static let channel = "session_revocation"
    static let sql = "SELECT pg_notify('session_revocation', '')"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) {}
}

/// Which transactions have ended: all before the mark.
struct SelectRevocationMark: PostgresStatement {
    static let sql = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> RevocationMark {
        RevocationMark(transaction: try row.next())
    }
}

/// A revocation's place in the order in which they are read.
struct RevocationPlace: Hashable, Sendable {
    let transaction: String
    let subject: UInt128
}

struct RevocationRow: Sendable {
    let revocation: SessionRevocation
    let place: RevocationPlace
}

/// A page of the revocations that have not expired, from a place on.
struct SelectRevocations: PostgresStatement {
    static let sql = """
        SELECT subject, generation, issued_before, spared, expires_at, written_by::text
        FROM session_revocation
        WHERE (written_by, subject) >= ($1::text::xid8, $2) AND expires_at > clock_timestamp()
        ORDER BY written_by, subject LIMIT $3
        """
    let place: RevocationPlace
    let limit: Int

    init(from place: RevocationPlace, limit: Int) {
        self.place = place
        self.limit = limit
    }

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(place.transaction)
        parameters.append(SessionID(bits: place.subject).uuid)
        parameters.append(Int64(limit))
    }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> RevocationRow {
        let subject: PostgresUUID = try row.next()
        let generation: Int32? = try row.next()
        let madeBefore: PostgresTimestamp? = try row.next()
        let spared: PostgresUUID? = try row.next()
        let expiresAt = try row.instant()
        let place = RevocationPlace(
            transaction: try row.next(), subject: SessionID(subject).bits)
        guard let generation, let madeBefore else {
            return RevocationRow(
                revocation: SessionRevocation(.session(SessionID(subject)), expiresAt: expiresAt),
                place: place)
        }
        return RevocationRow(
            revocation: SessionRevocation(
                .account(
                    UserID(subject), generation: Int(generation), madeBefore: Instant(madeBefore),
                    sparing: spared.map { SessionID($0) }),
                expiresAt: expiresAt),
            place: place)
    }
}

struct DeleteExpiredRevocations: PostgresStatement {
    static let sql = """
        DELETE FROM session_revocation WHERE subject IN (
            SELECT subject FROM session_revocation WHERE expires_at < clock_timestamp()
            LIMIT 10000)
        """
}

/// Changes a password, and ends the account's other sessions; nothing if the password is another by now.
struct ChangePassword: PostgresStatement {
    static let sql = """
        WITH changed AS (
            UPDATE account SET password_hash = $3, name = COALESCE($4, name),
                session_generation = session_generation + 1
            WHERE id = $1 AND password_hash = $2
            RETURNING id, email, name, role, session_generation
        ), revoked AS (
            INSERT INTO session_revocation AS old
                (subject, generation, spared, issued_before, expires_at)
            SELECT id, session_generation, $5, clock_timestamp(),
                clock_timestamp() + interval '1 second' * $6
            FROM changed
            ON CONFLICT (subject) DO UPDATE
            SET generation = excluded.generation, spared = excluded.spared,
                issued_before = excluded.issued_before, expires_at = excluded.expires_at,
                written_by = pg_current_xact_id()
            RETURNING issued_before, expires_at
        )
        SELECT id, email, name, role, session_generation, issued_before, expires_at
        FROM changed, revoked
        """
    let change: PasswordChange

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(change.account.uuid)
        parameters.append(change.stored)
        parameters.append(change.newHash)
        parameters.append(change.name)
        parameters.append(change.session.uuid)
        parameters.append(change.sessionsLast.components.seconds)
    }

    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> Changed {
        let user = User(
            id: try row.next(), email: try row.next(), name: try row.next(), role: try row.word())
        let generation: Int32 = try row.next()
        return Changed(
            user: user, generation: Int(generation), madeBefore: try row.instant(),
            expiresAt: try row.instant())
    }
}

extension ChangePassword {
    struct Changed: Sendable {
        let user: User
        let generation: Int
        let madeBefore: Instant
        let expiresAt: Instant
    }
}

/// Notes that an account begins to make an event; no row when there is no such account any more.
struct NoteEventMaking: PostgresStatement {
    static let sql = """
        UPDATE account SET event_made_at = clock_timestamp() WHERE id = $1 RETURNING true
        """
    let account: UserID

    func bind(to parameters: inout PostgresParameters) { parameters.append(account.uuid) }
    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Bool { try row.next() }
}

/// Removes an account, and ends all its sessions; not while it may be making an event.
struct EraseAccount: PostgresStatement {
    /// The longest that making an event may take, with some room.
    private static let makingSeconds = 90
    static let sql = """
        WITH gone AS (
            DELETE FROM account
            WHERE id = $1 AND (event_made_at IS NULL
                OR event_made_at < clock_timestamp() - interval '\(makingSeconds) seconds')
            RETURNING id, session_generation
        ), revoked AS (
            INSERT INTO session_revocation AS old (subject, generation, issued_before, expires_at)
            SELECT id, session_generation + 1, clock_timestamp(),
                clock_timestamp() + interval '1 second' * $2
            FROM gone
            ON CONFLICT (subject) DO UPDATE
            SET generation = excluded.generation, spared = NULL,
                issued_before = excluded.issued_before, expires_at = excluded.expires_at,
                written_by = pg_current_xact_id()
            RETURNING generation, issued_before, expires_at
        )
        SELECT generation, issued_before, expires_at FROM revoked
        """
    let account: UserID
    /// The longest that any session lasts.
    let sessionsLast: Duration

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(account.uuid)
        parameters.append(sessionsLast.components.seconds)
    }

    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> (generation: Int, madeBefore: Instant, expiresAt: Instant) {
        (Int(try row.next(Int32.self)), try row.instant(), try row.instant())
    }
}

struct RenameAccount: PostgresStatement {
    static let sql = """
        UPDATE account SET name = $2 WHERE id = $1
        RETURNING id, email, name, role, password_hash, session_generation
        """
    let account: UserID
    let name: String

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(account.uuid)
        parameters.append(name)
    }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> UserAccount {
        try UserAccount(row: &row)
    }
}
