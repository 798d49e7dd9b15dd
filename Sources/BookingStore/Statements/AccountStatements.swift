import BookingDomain
import Postgres

struct InsertAccount: PostgresStatement {
    static let sql = """
        INSERT INTO account (id, email, name, role, password_hash) VALUES ($1, $2, $3, $4, $5)
        """
    let account: UserAccount

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(account.user.id.uuid)
        parameters.append(account.user.email)
        parameters.append(account.user.name)
        parameters.append(account.user.role.rawValue)
        parameters.append(account.passwordHash)
    }
}

struct SelectAccountByEmail: PostgresStatement {
    static let sql = """
        SELECT id, email, name, role, password_hash, session_generation FROM account
        WHERE lower(email) = lower($1)
        """
    let email: String

    func bind(to parameters: inout PostgresParameters) { parameters.append(email) }

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
