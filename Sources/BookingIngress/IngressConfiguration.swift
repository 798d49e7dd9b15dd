package import BookingDomain

/// How an ingress is set up.
package struct IngressConfiguration: Sendable {
    /// Where the API listens.
    package var host = "127.0.0.1"
    /// The port of the API; 0 for any free one.
    package var port = 8080
    /// How long a request may take to arrive, and then to be answered, not counting what it asks to wait for an outcome.
    package var requestDeadline = Duration.seconds(5)
    /// How long a submission waits for a broker that says nothing, before it is answered with 503; for its
    /// turn it waits as long again.
    package var publishPatience = Duration.milliseconds(900)
    /// How long bookings may have to wait in an event's line before further ones are sent away.
    package var lineWaitMax = Duration.seconds(300)
    /// How long a session lasts.
    package var tokenLifetime = Duration.seconds(12 * 3600)
    /// How long a connection may be idle before it is closed.
    package var idleTimeout = Duration.seconds(60)
    /// The most connections at a time; more wait to be accepted.
    package var connectionsMax = 16_000
    /// The most connections of one address at a time; further ones are refused.
    package var connectionsPerAddressMax = 1000
    /// The proxies whose word about a client's address is taken.
    package var trustedProxies = TrustedProxies.none
    /// The web origins whose pages may use the API.
    package var crossOrigins = CrossOrigins.none
    /// The most events that are not over of one organizer.
    package var organizerEventsMax = 1000
    /// The most events kept in memory.
    package var catalogEventsMax = 25_000
    /// The most outcomes kept in memory.
    package var outcomesMax = 50_000
    /// The most requests that may wait for outcomes at a time.
    package var waitersMax = 20_000
    /// The most requests of one user that may wait for outcomes at a time; the oldest makes room for a
    /// further one.
    package var waitersPerUserMax = 200
    /// How many passwords are hashed at a time; each takes a core and 32 MiB while it is.
    package var passwordThreads = 2
    /// What is spent on one password.
    package var passwordCost = ScryptCost.standard
    /// What becomes of requests beyond their budgets.
    package var rateLimits = RateLimitMode.on
    /// The kinds of command that any worker reads, whatever it says.
    package var kindsReadByAll = Set(CommandKind.allCases.filter(\.isReadByAll))

    package init() {}

    /// How many connections are accepted before those that are open have their turn again, when there may be
    /// so many: by that number there may be more for a moment.
    package static func acceptedAtOnce(of connectionsMax: Int) -> Int {
        min(32, max(1, connectionsMax / 20))
    }
}
