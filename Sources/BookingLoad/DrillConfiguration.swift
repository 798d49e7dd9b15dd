/// What a drill does, against which ingress instances, and how much of it.
package struct DrillConfiguration: Sendable {
    /// Base addresses of the ingress instances, like `http://127.0.0.1:8080`; requests go round robin.
    package var urls: [String]
    package var mode: DrillMode
    /// Places of the event; in basket mode, of its first ticket type.
    package var seats: Int
    /// Users who want a ticket, each one request a round.
    package var buyers: Int
    package var rounds: Int
    /// The span over which a round's requests set out; zero lets all go at the same instant.
    package var spread: Duration
    /// What a request asks for in `Prefer: wait=N`, in seconds; zero leaves the header out.
    package var waitSeconds: Int
    /// How long one request is pursued, from its first byte to its outcome, before it counts as lost.
    package var patience: Duration

    package init(
        urls: [String] = ["http://127.0.0.1:8080"], mode: DrillMode = .rush, seats: Int = 10,
        buyers: Int = 50, rounds: Int = 1, spread: Duration = .zero, waitSeconds: Int = 30,
        patience: Duration = .seconds(60)
    ) {
        self.urls = urls
        self.mode = mode
        self.seats = seats
        self.buyers = buyers
        self.rounds = rounds
        self.spread = spread
        self.waitSeconds = waitSeconds
        self.patience = patience
    }

    /// What stands against running this, a sentence each; empty when nothing does.
    package var problems: [String] {
        var problems: [String] = []
        func require(_ name: String, _ value: Int, in range: ClosedRange<Int>) {
            guard !range.contains(value) else { return }
            let bounds = "\(range.lowerBound) to \(range.upperBound)"
            problems.append("\(name) must be \(bounds), not \(value)")
        }
        if urls.isEmpty { problems.append("at least one url is needed") }
        for url in urls where !url.hasPrefix("http://") && !url.hasPrefix("https://") {
            problems.append("url must begin with http:// or https://, not \(url)")
        }
        require("seats", seats, in: 1...DrillLimits.seatsMax)
        require("buyers", buyers, in: 1...DrillLimits.buyersMax)
        require("rounds", rounds, in: 1...DrillLimits.roundsMax)
        require("wait seconds", waitSeconds, in: 0...DrillLimits.waitSecondsMax)
        switch mode {
        case .rush: break
        case .baskets(let seats): require("second seats", seats, in: 1...DrillLimits.seatsMax)
        case .sameKey(let copies): require("copies", copies, in: 2...DrillLimits.buyersMax)
        case .latency(let bookings): require("bookings", bookings, in: 1...DrillLimits.seatsMax)
        }
        if spread < .zero || spread > DrillLimits.spreadMax {
            problems.append("spread must be 0 to \(DrillLimits.spreadMax)")
        }
        if patience <= .zero || patience > DrillLimits.patienceMax {
            problems.append("patience must be above 0 and at most \(DrillLimits.patienceMax)")
        }
        return problems
    }
}

/// What the buyers of a drill do.
package enum DrillMode: Hashable, Sendable {
    /// All buyers book one place each.
    case rush
    /// Two ticket types, `seats` places of the first and this many of the second; every buyer
    /// wants one of each.
    case baskets(secondSeats: Int)
    /// One buyer sends one request this many times at once with the same `Idempotency-Key`,
    /// then another body under that key; then another buyer has two bodies race for a key.
    case sameKey(copies: Int)
    /// So many bookings are made one after the other; buyers take turns, for each has limits.
    case latency(bookings: Int)
}

/// The named limits of a drill.
package enum DrillLimits {
    /// Bookings that one buyer makes one after the other before another has his turn, and the most such buyers:
    /// an account may make a hundred at once, and twenty a second in the long run.
    static let bookingsByBuyer = 80
    static let latencyBuyersMax = 40
    /// Events that one organizer makes, and the most organizers; see ``Crowd``.
    static let roundsByOrganizer = 50
    static let organizersMax = 20
    /// How often an account, a session or an event is asked for while the answer is 503.
    package static let setUpTriesMax = 5
    package static let seatsMax = 1_000_000
    package static let buyersMax = 10_000
    package static let roundsMax = 10_000
    /// The longest wait the API grants.
    package static let waitSecondsMax = 30
    package static let spreadMax = Duration.seconds(600)
    package static let patienceMax = Duration.seconds(600)
    /// Registrations and sign-ins under way at once; each costs the ingress a password hash.
    static let registrationsAtOnce = 4
    /// The longest pause before a request is tried again, whatever `Retry-After` says.
    static let pauseMax = Duration.seconds(5)
    /// The shortest pause before a request is tried again.
    static let pauseMin = Duration.milliseconds(50)
    /// Attempts at one request, in all, so that no loop is endless.
    static let attemptsMax = 10_000
    /// The largest answer read, in bytes.
    static let answerBytesMax = 8 << 20
    /// Rows asked for in one page of a list.
    static let pageRows = 100
    /// Pages of a list read at most.
    static let pagesMax = 100_000
    /// The longest one HTTP exchange may take beyond the wait it asked for.
    static let exchangeTimeout = Duration.seconds(15)
    /// Findings printed for one check.
    static let findingsShownMax = 5
}
