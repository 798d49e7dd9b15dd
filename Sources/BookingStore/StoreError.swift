package import Postgres

/// What went wrong in the store, in the words of its callers; safe to print.
package struct StoreError: Error, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The database cannot be reached or answers too late to be waited for.
        case unavailable
        /// A look-up took longer than it may, while the database answers.
        case tooSlow
        /// The outcome of a write is not known: the connection was lost while it was decided.
        case unknownOutcome
        /// Somebody has an account with this e-mail address already.
        case emailTaken
        /// Another owner holds the shard's lease: nothing was written.
        case fenced
        /// Somebody else wrote the event since it was read: nothing was written.
        case versionConflict
        /// What expires is not due yet, by the database's own clock: nothing was written.
        case notDue
        /// A command of that id was applied before: nothing was written.
        case decidedBefore
        /// The database refuses the data itself, by a constraint or a type: nothing was written.
        case refused
        /// The database is not the one it should be, or its schema is not this program's.
        case mismatch
        /// A row that cannot be read as what it should be.
        case corrupt
        /// A row in words that this program does not know: a newer version wrote it.
        case newer
    }

    package let code: Code
    package let message: String
    /// Whether nothing can have been written.
    package let isSafeToRetry: Bool

    package init(_ code: Code, _ message: String, isSafeToRetry: Bool = true) {
        self.code = code
        self.message = message
        self.isSafeToRetry = isSafeToRetry
    }

    package var description: String { "\(code.rawValue): \(message)" }
}

extension StoreError {
    /// What `error` means to the callers of the store.
    package init(_ error: PostgresError) {
        let code: Code =
            switch error.code {
            case .server: Self.code(for: error)
            case .decoding: .corrupt
            case .unknownValue: .newer
            default: error.isSafeToRetry ? .unavailable : .unknownOutcome
            }
        self.init(code, error.description, isSafeToRetry: error.isSafeToRetry)
    }

    private static func code(for error: PostgresError) -> Code {
        guard let state = error.sqlState else { return .unavailable }
        switch state {
        case .leaseLost: return .fenced
        case .versionConflict: return .versionConflict
        case .notDue: return .notDue
        case .queryCanceled: return .tooSlow
        case .uniqueViolation
        where ["account_email_unique", "account_canonical_email_unique"].contains(error.constraint):
            return .emailTaken
        case .uniqueViolation
        where ["booking_pkey", "booking_change_pkey"].contains(error.constraint):
            return .decidedBefore
        default:
            // Classes 22 (data exception) and 23 (integrity constraint), and errors raised by a
            // trigger: the same data would be refused again. All else is the server's condition.
            let refusals = ["22", "23", "P0"]
            return refusals.contains(String(state.rawValue.prefix(2))) ? .refused : .unavailable
        }
    }
}

extension SQLState {
    /// Raised by the schema's function `ensure` when the fence finds another owner or epoch.
    static let leaseLost = SQLState(rawValue: "BX001")
    /// Raised by `ensure` when an event's version is not the one the decision was made on.
    static let versionConflict = SQLState(rawValue: "BX002")
    /// Raised by `ensure` when something expires before it is due.
    static let notDue = SQLState(rawValue: "BX003")
}

/// Runs `body` and says what went wrong in the store's words.
func storing<Result>(
    _ body: () async throws(PostgresError) -> Result
) async throws(StoreError) -> Result {
    do { return try await body() } catch { throw StoreError(error) }
}
