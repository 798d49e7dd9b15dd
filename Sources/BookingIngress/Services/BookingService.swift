import BookingDomain
import BookingStore

/// Showing bookings to those who may see them.
struct BookingService: Sendable {
    /// How long the database is asked for what is not heard here.
    static let lookUpLimit = Duration.seconds(2)

    let catalog: EventCatalog
    let board: OutcomeBoard
    let store: any DecidedBookings
    let lookUps: BookingLookUps
    let authenticator: HMACAuthenticator

    /// The booking of that id, decided or not; waits for its outcome if asked to.
    ///
    /// Its buyer may see it from the moment it was accepted, the event's organizer once it is decided:
    /// before that, nothing but the buyer's name can tell an id that was issued from one that was not.
    func booking(
        _ text: String, for principal: Principal, wait: Duration?
    ) async throws -> BookingView {
        guard let id = BookingID(text) else { throw Refusal.noSuchBooking }
        if id.isIssued(to: principal.user, by: authenticator) {
            let booking = try await decided(id, wait: wait)
            return try booking.map { try BookingView($0, of: id) }
                ?? BookingView(pending: id, createdAt: nil)
        }
        guard principal.role == .organizer,
            let event = try await catalog.event(id.event), event.organizer == principal.user,
            let booking = try await decided(id, wait: nil), let user = booking.user,
            id.isIssued(to: user, by: authenticator)
        else { throw Refusal.noSuchBooking }
        return try BookingView(booking, of: id)
    }

    /// A user's bookings, newest first.
    func bookings(
        of principal: Principal, before cursor: BookingCursor?, limit: Int
    ) async throws -> [Booking] {
        try await asking { () async throws(StoreError) in
            try await store.bookings(of: principal.user, before: cursor, limit: limit)
        }
    }

    /// An event's bookings in the order of its line, for its organizer.
    func bookings(
        of event: EventID, for principal: Principal, after sequence: Int64, limit: Int
    ) async throws -> [Booking] {
        guard let event = try await catalog.event(event), event.isVisible(to: principal.user) else {
            throw Refusal.noSuchEvent
        }
        guard event.organizer == principal.user else { throw Refusal.notYourEvent }
        return try await asking { () async throws(StoreError) in
            try await store.bookings(of: event.id, after: sequence, limit: limit)
        }
    }

    /// A decided booking under its id.
    ///
    /// `nil` for one whose command could not be read: its id holds the basket, which is not known.
    func view(_ booking: Booking) -> BookingView? {
        guard let user = booking.user, let basket = booking.basket else { return nil }
        let id = BookingID(
            key: booking.key, event: booking.event, basket: basket, user: user,
            authenticator: authenticator)
        return BookingView(booking, id: id)
    }

    /// What the booking came to, from memory, else from the database, else by waiting.
    private func decided(_ id: BookingID, wait: Duration?) async throws -> Booking? {
        if let booking = board.outcome(of: id.key) { return booking }
        guard let wait else { return try await stored(id.key) }
        let heard = try await board.outcome(of: id.key, within: wait) { _ in
            // Whatever is known first ends the wait; a database that is away does not.
            lookUps.find(id.key) { [board] answer in
                if case .success(let booking?) = answer { board.deliver([booking]) }
            }
        }
        if let heard { return heard }
        return try await stored(id.key)
    }

    private func stored(_ key: BookingKey) async throws -> Booking? {
        try await lookUps.value(of: key, within: Self.lookUpLimit)
    }
}
