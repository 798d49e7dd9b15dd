import BookingDomain

/// How a wait for a booking's outcome ended.
enum WaitEnd: Hashable, Sendable {
    case outcome(Booking)
    /// The time that was asked for is over.
    case timeOver
    /// The command did not get into its event's line, so no outcome will come.
    case notPublished(Refusal)
    /// The client waits no more.
    case clientGone
    /// The same user holds so many waits that this one, the oldest, had to make room.
    case displaced
    /// The service is stopping.
    case stopping
}

/// A wait for a booking's outcome; the first to answer ends it.
typealias OutcomeWait = OneShot<WaitEnd>
