package import Logging

/// Lets a crowd of buyers loose on an event over the public API and checks what came of it.
package struct Drill: Sendable {
    private let configuration: DrillConfiguration
    /// Tells this run's users, keys and events from those of every other run.
    private let run: String
    private let crowd: Crowd?
    private let logger: Logger

    /// `run` must be unique among all runs against the same system, and fit into an e-mail address.
    ///
    /// Without a `crowd` of at least as many buyers as are needed, one is signed up.
    package init(
        _ configuration: DrillConfiguration,
        run: String = String(UInt64.random(in: .min ... .max), radix: 36), crowd: Crowd? = nil,
        logger: Logger
    ) {
        self.configuration = configuration
        self.run = run
        self.crowd = crowd
        self.logger = logger
    }

    /// Runs the drill and tells of its progress, a line at a time.
    ///
    /// Throws ``LoadError`` when the drill itself cannot be done, as when nothing answers or the
    /// organizer cannot create an event; whatever goes wrong with bookings is in the report.
    package func run(progress: (String) -> Void) async throws -> DrillReport {
        guard configuration.problems.isEmpty else {
            throw LoadError(
                code: .configuration, detail: configuration.problems.joined(separator: "; "))
        }
        return try await BookingClient.withClient(
            urls: configuration.urls, connections: connections, logger: logger
        ) { client in
            let crowd = try await assemble(client, progress: progress)
            var report = DrillReport(configuration: configuration, rounds: [])
            for number in 1...configuration.rounds {
                let round = Round(
                    number: number, run: run, configuration: configuration, client: client,
                    crowd: crowd)
                let played = try await round.play()
                report.rounds.append(played)
                if configuration.rounds > 1, let line = report.progressLine(after: played) {
                    progress(line)
                }
            }
            if self.crowd == nil { await crowd.leave(client) }
            return report
        }
    }

    private func assemble(
        _ client: BookingClient, progress: (String) -> Void
    ) async throws -> Crowd {
        if let crowd, crowd.buyers.count >= configuration.crowdSize { return crowd }
        progress("Signing up \(people) with \(configuration.urls.joined(separator: ", "))")
        return try await Crowd.signUp(
            buyers: configuration.crowdSize, organizers: configuration.organizers, run: run,
            client: client, progress: progress)
    }

    private var people: String {
        configuration.crowdSize == 1
            ? "an organizer and a buyer" : "an organizer and \(configuration.crowdSize) buyers"
    }

    /// A connection for each request that may be under way, and one to spare.
    private var connections: Int {
        switch configuration.mode {
        case .rush, .baskets, .latency: configuration.crowdSize + 1
        case .sameKey(let copies): copies + 1
        }
    }
}

extension DrillConfiguration {
    /// Buyers that are signed up.
    var crowdSize: Int {
        switch mode {
        case .rush, .baskets: buyers
        case .sameKey: 2
        case .latency(let bookings):
            min(
                (bookings + DrillLimits.bookingsByBuyer - 1) / DrillLimits.bookingsByBuyer,
                DrillLimits.latencyBuyersMax)
        }
    }

    /// Organizers that are signed up; rounds go to them in turn.
    var organizers: Int {
        min(rounds / DrillLimits.roundsByOrganizer + 1, DrillLimits.organizersMax)
    }

    /// Whether buyers compete, so that who got what is worth a table.
    var isCompetition: Bool {
        switch mode {
        case .rush, .baskets: true
        case .sameKey, .latency: false
        }
    }

    /// What one round should come to, by outcome; `nil` where a table of its own says it better.
    var expectedTally: [String: Int]? {
        switch mode {
        case .rush: Self.tally(confirmed: min(seats, buyers), of: buyers)
        case .baskets(let second): Self.tally(confirmed: min(seats, second, buyers), of: buyers)
        case .latency(let bookings): Self.tally(confirmed: bookings, of: bookings)
        case .sameKey: nil
        }
    }

    private static func tally(confirmed: Int, of all: Int) -> [String: Int] {
        ["confirmed": confirmed, "sold_out": all - confirmed]
    }
}
