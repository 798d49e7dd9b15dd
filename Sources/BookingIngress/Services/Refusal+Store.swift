import BookingStore

/// Asks the store, and says in the use cases' words why it does not answer.
///
/// An error that no client can do anything about is passed on as it is: it becomes a 500, and is logged.
func asking<Value>(
    _ question: () async throws(StoreError) -> Value
) async throws -> Value {
    do { return try await question() } catch {
        switch error.code {
        case .emailTaken: throw Refusal.emailTaken
        case .unavailable, .unknownOutcome: throw Refusal.unavailable(.database)
        case .fenced, .versionConflict, .decidedBefore, .refused, .mismatch, .corrupt: throw error
        }
    }
}
