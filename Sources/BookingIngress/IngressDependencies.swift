package import RateLimits

/// What an ingress works with.
package struct IngressDependencies: Sendable {
    package let users: any UserStore
    package let sessions: any SessionStore
    package let events: any EventStore
    package let bookings: any DecidedBookings
    package let kinds: any KindStore
    /// The number of shards that new events are spread over.
    package let shardCount: Int
    package let commands: any CommandSink
    package let outcomes: any OutcomeSource
    /// What all instances sign and authenticate with.
    package let secrets: IngressSecrets
    /// What counts how much each account and address asks for.
    package let limiter: any RateLimiter
    package let surroundings: Surroundings

    package init(
        users: any UserStore, sessions: any SessionStore, events: any EventStore,
        bookings: any DecidedBookings, kinds: any KindStore, shardCount: Int,
        commands: any CommandSink, outcomes: any OutcomeSource, secrets: IngressSecrets,
        limiter: any RateLimiter = LocalRateLimiter(), surroundings: Surroundings = .system
    ) {
        self.users = users
        self.sessions = sessions
        self.events = events
        self.bookings = bookings
        self.kinds = kinds
        self.shardCount = shardCount
        self.commands = commands
        self.outcomes = outcomes
        self.secrets = secrets
        self.limiter = limiter
        self.surroundings = surroundings
    }
}
