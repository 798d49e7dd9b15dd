import BookingDomain
import BookingMessages
import BookingTestSupport
import HTTPTypes
import JSON
import Testing

@testable import BookingIngress

/// An ingress with an event, its organizer, and a booking that a worker has decided, which a test plays.
struct BookedScene: Sendable {
    /// Until when the booking is held.
    static let hold = Hold(
        expiresAt: TestEvents.farAway, extendableUntil: TestEvents.farAway, isPaying: false)

    let ingress: TestIngress
    let organizer: TestClient
    let buyer: TestClient
    let event: EventID
    let id: String
    /// The booking as it was decided first.
    let booking: Booking

    var path: String { "/v1/bookings/\(id)" }

    /// Runs `body` with a booking in that status, which the database has and the ingress has heard of.
    static func with(
        _ status: BookingStatus = .held,
        configure: (inout IngressConfiguration) -> Void = {
            $0.kindsReadByAll = Set(CommandKind.allCases)
        },
        _ body: @Sendable (BookedScene) async throws -> Void
    ) async throws {
        try await TestIngress.with(configure: configure) { ingress in
            let organizer = try await ingress.client.newUser(.organizer)
            let (event, types) = try await organizer.newEvent()
            let buyer = try await ingress.client.newUser()
            let answer = try await buyer.book(types[0], quantity: 2)
            let command = try #require(ingress.broker.published.first?.commands.first)
            let booking = try TestBookings.decided(command, event: event, status: .confirmed)
            let scene = BookedScene(
                ingress: ingress, organizer: organizer, buyer: buyer, event: event,
                id: try #require(answer.json?["id"]?.string), booking: booking)
            try await scene.tell(scene.moved(to: status, at: 1))
            try await body(scene)
        }
    }

    /// The booking after the command at `sequence` has moved it on.
    func moved(to status: BookingStatus, at sequence: Int64) -> Booking {
        Booking(
            key: booking.key, event: booking.event, user: booking.user, basket: booking.basket,
            status: status, reason: nil, sequence: booking.sequence, asOfSequence: sequence,
            createdAt: booking.createdAt, decidedAt: booking.decidedAt,
            hold: status == .held ? Self.hold : nil)
    }

    /// The commands that were published, but for the one that booked.
    var commands: [Command] { ingress.broker.published.flatMap(\.commands).dropFirst().map { $0 } }

    /// Commits a booking, and what a command to change it came to, and tells it.
    func tell(
        _ booking: Booking, after command: Command? = nil, at sequence: Int64 = 1,
        refusal: Change.Refusal? = nil
    ) async throws {
        commit(booking, after: command, at: sequence, refusal: refusal)
        let changes = command.map { change(by: $0, at: sequence, refusal) }
        try await ingress.broker.tell(
            OutcomeMessage(
                shard: event.shard, batch: sequence, bookings: [booking],
                changes: changes.map { [$0] } ?? [], events: []))
    }

    /// Commits the same, and tells nobody.
    func commit(
        _ booking: Booking, after command: Command?, at sequence: Int64,
        refusal: Change.Refusal? = nil
    ) {
        ingress.stores.put(booking)
        if let command { ingress.stores.put(change(by: command, at: sequence, refusal)) }
    }

    private func change(
        by command: Command, at sequence: Int64, _ refusal: Change.Refusal?
    ) -> Change {
        Change(
            command: command.id, event: event, booking: booking.key, sequence: sequence,
            refusal: refusal)
    }

    /// Runs `body` with another instance, which has the secret and the database in common, and no more.
    func elsewhere(_ body: @Sendable (TestIngress) async throws -> Void) async throws {
        try await TestIngress.with(
            stores: ingress.stores,
            configure: { $0.kindsReadByAll = Set(CommandKind.allCases) }, body)
    }
}

extension TestClient {
    /// Asks for a booking to be changed.
    func change(
        _ verb: Command.Verb, _ path: String, key: String? = nil, prefer: String? = nil
    ) async throws -> Answer {
        var headers: [(String, String)] = []
        if let key { headers.append(("idempotency-key", key)) }
        if let prefer { headers.append(("prefer", prefer)) }
        switch verb {
        case .confirm, .undecodable:
            return try await send(.post, path + "/confirmation", headers: headers)
        case .pay:
            return try await send(
                .post, path + "/confirmation", headers: headers, body: #"{"paying":true}"#)
        case .extend: return try await send(.post, path + "/extension", headers: headers)
        case .cancel: return try await send(.delete, path, headers: headers)
        }
    }

    /// Asks for the change that an answer tells the place of.
    func follow(_ answer: Answer, prefer: String? = nil) async throws -> Answer {
        guard let location = answer.header("location") else {
            throw UnexpectedAnswer(answers: [answer])
        }
        return try await send(.get, location, headers: prefer.map { [("prefer", $0)] } ?? [])
    }
}
