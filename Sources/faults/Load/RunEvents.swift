import BookingDomain
import BookingHistory
import BookingLoad
import NIOHTTP1

/// The events that are on sale in a run, and the buyers.
struct RunEvents: Sendable {
    /// An event of the run; the first takes half of the load.
    struct Sale: Sendable {
        let event: EventDocument
        let shard: Int
        let maxPerUser: Int?
        /// Whether its organizer laid down how long a hold lasts.
        let sellsHolds: Bool
        /// The ticket types of which more will be asked for than there is.
        let scarce: [String]
        /// Nobody books it but a fault.
        let isIdle: Bool
    }

    let client: BookingClient
    let crowd: Crowd
    let sales: [Sale]

    var hot: Sale { sales[0] }
    var idle: Sale { sales[sales.count - 1] }
    /// All that the load books.
    var busy: ArraySlice<Sale> { sales.dropLast() }
    var ids: [String] { sales.map(\.event.id) }

    /// Mean places of a booking, as ``Intent`` makes them.
    private static let placesMean = 1.9
    /// How much of what the load will ask of the hot event's scarce ticket type there is.
    private static let hotShare = 0.25

    /// Signs everybody up and puts the events on sale.
    static func open(for order: RunOrder, client: BookingClient) async throws -> RunEvents {
        let crowd = try await Crowd.signUp(
            buyers: order.buyers, run: order.name, client: client)
        let bookings = Double(order.rate) * (order.duration / .seconds(1))
        var sales: [Sale] = []
        for place in 0..<order.events {
            let share = place == 0 ? 0.5 : 0.5 / Double(max(order.events - 2, 1))
            let places = bookings * share * placesMean / 2
            let isScarce = place % 4 == 1 && place < order.events - 1
            let plenty = Int(places * 6) + 1000
            // Of the hot event the second type only: the first is an outside writer's too.
            let capacities =
                place == 0
                ? [plenty, max(5, Int(places * hotShare))]
                : Array(repeating: isScarce ? max(5, Int(places * 0.4)) : plenty, count: 2)
            let maxPerUser = place % 8 == 2 ? 4 : nil
            let draft = EventDraft(
                title: "Fault drill \(place + 1)", capacities: capacities, maxPerUser: maxPerUser,
                sellsHolds: order.patience != .none)
            let answer = try await client.send(
                .POST, "/v1/events", token: crowd.organizer.token, document: draft)
            let event = try answer.expect(201, EventDocument.self)
            sales.append(
                Sale(
                    event: event, shard: EventID(event.id).map { Int($0.shard.rawValue) } ?? 0,
                    maxPerUser: maxPerUser, sellsHolds: order.patience != .none,
                    scarce: event.ticketTypes.map(\.id).enumerated().filter {
                        isScarce || place == 0 && $0.offset == 1
                    }.map(\.element),
                    isIdle: place == order.events - 1))
        }
        return RunEvents(client: client, crowd: crowd, sales: sales)
    }

    /// How `run.json` tells of the events; `soldOut` are the ticket types of which enough was
    /// asked.
    func planned(soldOut: Set<String>) -> [PlannedEvent] {
        sales.map { sale in
            PlannedEvent(
                id: sale.event.id, organizer: crowd.organizer.user.id,
                ticketTypes: sale.event.ticketTypes.map {
                    .init(
                        id: $0.id, capacity: $0.capacity, maxPerUser: sale.maxPerUser,
                        demandSuffices: soldOut.contains($0.id))
                }, holdSeconds: sale.sellsHolds ? AfterSale.holdSeconds : nil,
                paymentGraceSeconds: sale.sellsHolds ? AfterSale.paymentGraceSeconds : nil)
        }
    }
}

/// A new event with two ticket types.
private struct EventDraft: Encodable {
    struct TicketType: Encodable {
        let name: String
        let capacity: Int
        let maxPerUser: Int?
    }

    let title: String
    let startsAt = "2099-01-01T20:00:00Z"
    let ticketTypes: [TicketType]
    let holdSeconds: Int?
    let paymentGraceSeconds: Int?

    init(title: String, capacities: [Int], maxPerUser: Int?, sellsHolds: Bool) {
        self.title = title
        holdSeconds = sellsHolds ? AfterSale.holdSeconds : nil
        paymentGraceSeconds = sellsHolds ? AfterSale.paymentGraceSeconds : nil
        ticketTypes = zip(["Floor", "Balcony"], capacities).map {
            TicketType(name: $0, capacity: $1, maxPerUser: maxPerUser)
        }
    }
}
