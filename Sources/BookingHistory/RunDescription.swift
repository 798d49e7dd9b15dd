/// What a run was: its plan, its events, and what was seen of it from inside the workers.
package struct RunDescription: Codable, Hashable, Sendable {
    package var seed: UInt64
    /// RFC 3339.
    package var startedAt: String
    package var minutes: Double
    /// Bookings a second that the clients meant to send.
    package var rate: Int
    package var workers: Int
    /// Ingress instances, each of which is asked for every event in the end.
    package var instances: Int
    /// The bugs planted in it.
    package var bugs: [String]
    /// The faults planned, by name, in order.
    package var plan: [String]
    package var events: [PlannedEvent]
    /// Whether a program took part that keeps no log, so that bookings may stand above the logs' ends.
    package var mixesVersions: Bool?
    /// When the workers were told to stop, RFC 3339: what was due after that is held still.
    package var workedUntil: String?
    /// Messages nobody can read that the drill put into the lines.
    package var poison: [PoisonMessage]
    /// Bookings the drill wrote past the system, as a second writer.
    package var outside: [OutsideBooking]
    package var observed: ObservedCounts
    /// What the run must have seen; without it its verdict would be worth nothing.
    package var required: [RareEvent]

    package init(
        seed: UInt64, startedAt: String, minutes: Double, rate: Int, workers: Int,
        instances: Int, bugs: [String] = [], plan: [String] = [], events: [PlannedEvent],
        poison: [PoisonMessage] = [], outside: [OutsideBooking] = [],
        observed: ObservedCounts = ObservedCounts(), required: [RareEvent] = []
    ) {
        self.seed = seed
        self.startedAt = startedAt
        self.minutes = minutes
        self.rate = rate
        self.workers = workers
        self.instances = instances
        self.bugs = bugs
        self.plan = plan
        self.events = events
        self.poison = poison
        self.outside = outside
        self.observed = observed
        self.required = required
    }
}

/// An event the drill made.
package struct PlannedEvent: Codable, Hashable, Sendable {
    package struct TicketType: Codable, Hashable, Sendable {
        /// The public id.
        package let id: String
        package let capacity: Int
        package let maxPerUser: Int?
        /// Whether enough was asked for that it must be sold out exactly.
        package var demandSuffices: Bool

        package init(id: String, capacity: Int, maxPerUser: Int?, demandSuffices: Bool) {
            self.id = id
            self.capacity = capacity
            self.maxPerUser = maxPerUser
            self.demandSuffices = demandSuffices
        }
    }

    package let id: String
    package let organizer: String
    package var ticketTypes: [TicketType]
    /// How long a hold lasts; `nil` where its organizer said nothing.
    package var holdSeconds: Int?
    /// How long a hold lasts at least once it is being paid for.
    package var paymentGraceSeconds: Int?

    package init(
        id: String, organizer: String, ticketTypes: [TicketType], holdSeconds: Int? = nil,
        paymentGraceSeconds: Int? = nil
    ) {
        self.id = id
        self.organizer = organizer
        self.holdSeconds = holdSeconds
        self.paymentGraceSeconds = paymentGraceSeconds
        self.ticketTypes = ticketTypes
    }
}

/// A poisonous message in an event's line.
package struct PoisonMessage: Codable, Hashable, Sendable {
    package let event: String
    /// The booking key that can still be read of it, if any: then it fails in its place.
    package let key: String?

    package init(event: String, key: String?) {
        self.event = event
        self.key = key
    }
}

/// A booking written into the tables by the drill itself.
package struct OutsideBooking: Codable, Hashable, Sendable {
    package let event: String
    /// The booking key.
    package let key: String

    package init(event: String, key: String) {
        self.event = event
        self.key = key
    }
}

/// What the workers counted, summed over all their lives.
package struct ObservedCounts: Codable, Hashable, Sendable {
    /// Commands the workers say they decided; what a killed one had not told is not among them.
    package var decided = 0
    /// Whether nothing happened that could have kept a decision from being counted.
    package var isDecidedExact = false
    package var redeliveries = 0
    package var duplicates = 0
    package var fenced = 0
    package var takeovers = 0
    package var unknownsResolved = 0
    package var refusedBatches = 0
    package var deadLetters = 0
    package var longestPauseMilliseconds = 0

    package init() {}
}

/// Something that happens only when things go wrong.
package enum RareEvent: String, Codable, Hashable, Sendable, CaseIterable {
    /// A message came again.
    case redelivery
    /// A command came again and was answered with what it had come to.
    case duplicate
    /// A batch was refused under a stale epoch.
    case fenced
    /// A shard changed hands because its owner was gone.
    case takeover
    /// A request whose sender waited for an answer in vain turned out to have been taken, or was
    /// answered later.
    case unknown
    /// A hold lapsed.
    case expiry
    /// A booking was confirmed after its hold had lapsed.
    case lateConfirmation
}
