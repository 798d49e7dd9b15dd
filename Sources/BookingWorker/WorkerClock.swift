import BookingDomain

/// The two clocks of a worker.
struct WorkerClock: Sendable {
    /// The database's time, which alone decides what is due or over.
    let database: @Sendable () -> Instant
    /// What spans of time are measured by.
    var monotonic: @Sendable () -> ContinuousClock.Instant = { .now }
}
