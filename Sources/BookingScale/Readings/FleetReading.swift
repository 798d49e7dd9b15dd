package import BookingDomain

/// What was read at one moment of the queues and of the shards' databases.
package struct FleetReading: Sendable {
    /// When, by this machine's clock that never jumps.
    package let at: ContinuousClock.Instant
    /// Messages that wait in each event's line, those in a worker's hands included.
    package let lines: Result<[EventID: Int], UnknownReading>
    /// What each shard's database tells.
    package let shards: Result<[ShardNumber: ShardReading], UnknownReading>

    package init(
        at: ContinuousClock.Instant, lines: Result<[EventID: Int], UnknownReading>,
        shards: Result<[ShardNumber: ShardReading], UnknownReading>
    ) {
        self.at = at
        self.lines = lines
        self.shards = shards
    }
}

/// What a shard's database tells of the work on it.
package struct ShardReading: Hashable, Sendable {
    /// The worker that serves the shard now; `nil` when none does.
    package var owner: String?
    /// Commands decided ever.
    package var commands: Int64
    /// The messages that they came in.
    package var messages: Int64
    /// How long the oldest command of the last batch had waited since it was sent.
    package var waited: Duration
    /// Nobody is to serve the shard now.
    package var isPaused: Bool
    /// Nobody is to consume the lines of these events now.
    package var pausedEvents: Set<EventID>

    package init(
        owner: String?, commands: Int64, messages: Int64, waited: Duration,
        isPaused: Bool = false, pausedEvents: Set<EventID> = []
    ) {
        self.owner = owner
        self.commands = commands
        self.messages = messages
        self.waited = waited
        self.isPaused = isPaused
        self.pausedEvents = pausedEvents
    }
}

/// Why something could not be read, in words for the operator.
package struct UnknownReading: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
