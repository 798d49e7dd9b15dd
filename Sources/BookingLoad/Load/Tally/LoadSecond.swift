/// What was done in one second of a run, whenever it was due.
struct LoadSecond: Hashable, Sendable {
    var outcomes = 0
    var reads = 0
    var refusals = 0
    var faults = 0
    /// The longest that an outcome or a read of this second took.
    var slowest = Duration.zero
}

/// Refusals of one kind.
struct RefusalCount: Hashable, Sendable {
    var all = 0
    /// Those without the `Retry-After` that a client needs.
    var withoutRetryAfter = 0
}
