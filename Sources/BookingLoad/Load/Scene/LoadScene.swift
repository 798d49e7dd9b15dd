import Logging

/// What a load needs before it begins: accounts that are signed in, and events on sale.
struct LoadScene: Sendable {
    /// What is booked: one place of the only ticket type of an event.
    struct Offer: Hashable, Sendable {
        let event: String
        let ticketType: String
    }

    let crowd: Crowd
    let offers: [Offer]

    /// Of the buyers.
    var tokens: [String] { crowd.buyers.map(\.token) }

    /// Creates all of it over the API.
    ///
    /// Throws ``LoadError`` when nothing answers or something is refused.
    static func prepare(
        _ configuration: LoadConfiguration, run: String, logger: Logger,
        progress: (String) -> Void
    ) async throws -> LoadScene {
        try await BookingClient.withClient(
            urls: configuration.urls, connections: LoadLimits.setUpConnections, logger: logger
        ) { client in
            let crowd = try await Crowd.signUp(
                buyers: configuration.buyers,
                organizers: configuration.events / LoadLimits.eventsByOrganizer + 1, run: run,
                client: client, progress: progress)
            return LoadScene(
                crowd: crowd,
                offers: try await offers(
                    configuration, run: run, organizers: crowd.organizers, client: client))
        }
    }

    /// Removes the accounts that may be removed.
    func leave(_ configuration: LoadConfiguration, logger: Logger) async {
        try? await BookingClient.withClient(
            urls: configuration.urls, connections: LoadLimits.setUpConnections, logger: logger
        ) { client in await crowd.leave(client) }
    }

    private static func offers(
        _ configuration: LoadConfiguration, run: String, organizers: [Session],
        client: BookingClient
    ) async throws -> [Offer] {
        try await withThrowingTaskGroup(of: (Int, Offer).self) { group in
            var offers: [Int: Offer] = [:]
            for number in 0..<configuration.events {
                if number >= LoadLimits.creationsAtOnce,
                    let (number, offer) = try await group.next()
                {
                    offers[number] = offer
                }
                group.addTask {
                    let event = try await client.createEvent(
                        title: "Load \(run), event \(number + 1)",
                        capacities: [configuration.capacity],
                        organizer: organizers[number % organizers.count], at: number)
                    guard let ticketType = event.ticketTypes.first else {
                        throw LoadError(code: .unreadable, detail: "an event without ticket types")
                    }
                    return (number, Offer(event: event.id, ticketType: ticketType.id))
                }
            }
            for try await (number, offer) in group { offers[number] = offer }
            return (0..<configuration.events).compactMap { offers[$0] }
        }
    }
}
