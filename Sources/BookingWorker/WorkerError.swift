/// Why a worker gives a shard up and starts it again; safe to print.
struct WorkerError: Error, CustomStringConvertible {
    enum Code: String, Sendable {
        /// The stream of notifications from the database ended.
        case notificationsEnded
        /// Other writers changed the events again and again.
        case tooManyConflicts
    }

    let code: Code
    /// Nothing of what failed was written: the messages come again.
    let isSafeToRetry = true

    var description: String { code.rawValue }
}
