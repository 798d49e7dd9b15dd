import BookingStore

extension Refusal {
    /// What an error of the store is in the use cases' words; `nil` for one that no client can do anything
    /// about.
    init?(_ error: StoreError) {
        switch error.code {
        case .emailTaken: self = .emailTaken
        case .newer: self = .upgrading
        case .unavailable, .tooSlow, .unknownOutcome: self = .unavailable(.database)
        case .fenced, .versionConflict, .notDue, .decidedBefore, .refused, .mismatch, .corrupt:
            return nil
        }
    }
}

/// Asks the store, and says in the use cases' words why it does not answer.
///
/// An error that no client can do anything about is passed on as it is: it becomes a 500, and is logged.
func asking<Value>(
    _ question: () async throws(StoreError) -> Value
) async throws -> Value {
    do { return try await question() } catch {
        if let refusal = Refusal(error) { throw refusal }
        throw error
    }
}
