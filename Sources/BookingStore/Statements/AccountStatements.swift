import BookingDomain
import Postgres

struct InsertAccount: PostgresStatement {
    static let sql = """
        INSERT INTO account (id, email, name, role, password_hash, canonical_email)
        VALUES ($1, $2, $3, $4, $5, $6)
        """
    let account: UserAccount

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(account.user.id.uuid)
        parameters.append(account.user.email)
        parameters.append(account.user.name)
        parameters.append(account.user.role.rawValue)
        parameters.append(account.passwordHash)
        parameters.append(EmailAddress.canonical(of: account.user.email))
    }
}

/// The account of an address, however it is written.
///
/// One without a canonical form is found as older versions found it, and goes first: the other one has
/// other ways to be written.
struct SelectAccountByEmail: PostgresStatement {
    static let sql = """
        SELECT id, email, name, role, password_hash, session_generation FROM account
        WHERE canonical_email = $2 OR canonical_email IS NULL AND lower(email) = lower($1)
        ORDER BY canonical_email NULLS FIRST LIMIT 1
        """
    let email: String

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(email)
        parameters.append(EmailAddress.canonical(of: email))
    }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> UserAccount {
        try UserAccount(row: &row)
    }
}

struct SelectAccountByID: PostgresStatement {
    static let sql = """
        SELECT id, email, name, role, password_hash, session_generation FROM account WHERE id = $1
        """
    let id: UserID

    func bind(to parameters: inout PostgresParameters) { parameters.append(id.uuid) }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> UserAccount {
        try UserAccount(row: &row)
    }
}

/// Accounts that lack the canonical form of their address, the oldest first: ids sort by time.
struct SelectAccountsNotCanonical: PostgresStatement {
    static let sql = """
        SELECT id, email FROM account WHERE canonical_email IS NULL AND id > $1
        ORDER BY id LIMIT $2
        """
    let after: UserID?
    let max: Int

    func bind(to parameters: inout PostgresParameters) {
        parameters.append((after ?? UserID(bits: 0)).uuid)
        parameters.append(max)
    }

    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> (account: UserID, email: String) {
        (try row.next(id: UserID.self), try row.next())
    }
}

/// Gives an account the canonical form of its address, unless another has it: then tells which.
struct SetCanonicalAddress: PostgresStatement {
    static let sql = """
        WITH holder AS (
            SELECT id FROM account WHERE canonical_email = $2 AND id <> $1
        ), filled AS (
            UPDATE account SET canonical_email = $2 WHERE id = $1 AND NOT EXISTS (SELECT FROM holder)
        )
        SELECT (SELECT id FROM holder)
        """
    let account: UserID
    let canonical: String

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(account.uuid)
        parameters.append(canonical)
    }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> UserID? {
        try row.next(PostgresUUID?.self).map(UserID.init)
    }
}

struct ReplacePasswordHash: PostgresStatement {
    static let sql = """
        UPDATE account SET password_hash = $3 WHERE id = $1 AND password_hash = $2
        """
    let account: UserID
    let stored: String
    let newHash: String

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(account.uuid)
        parameters.append(stored)
        parameters.append(newHash)
    }
}

extension UserAccount {
    init(row: inout PostgresRow) throws(PostgresError) {
        user = User(
            id: try row.next(), email: try row.next(), name: try row.next(), role: try row.word())
        passwordHash = try row.next()
        generation = Int(try row.next(Int32.self))
    }
}
