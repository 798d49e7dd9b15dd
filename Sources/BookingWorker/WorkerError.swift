/// Why a worker gives a shard up and starts it again; safe to print.
enum WorkerError: String, Error, CustomStringConvertible {
    /// The stream of notifications from the database ended.
    case notificationsEnded

    var description: String { rawValue }
}
