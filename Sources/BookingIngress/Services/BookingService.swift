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
    let identity: BookingIdentity

    /// The booking of that id, decided or not; waits for its outcome if asked to.
    ///
    /// Its buyer may see it from the moment it was accepted, the event's organizer once it is decided:
    /// before that, nothing but the buyer's name can tell an id that was issued from one that was not.
    func booking(
        _ text: String, for principal: Principal, wait: Duration?, presence: ClientPresence
    ) async throws(Refusal) -> BookingView {
        guard let id = BookingID(text) else { throw Refusal.noSuchBooking }
        if identity.isIssued(id, to: principal.user) {
            let booking = try await decided(id, for: principal.user, wait: wait, presence)
            guard let booking else { return BookingView(pending: id, createdAt: nil) }
            return try BookingView(booking, of: id)
        }
        guard principal.role == .organizer,
            let event = try await catalog.event(id.event, .any), event.organizer == principal.user,
            let booking = try await decided(id, for: principal.user, wait: nil, presence),
            let user = booking.user,
            identity.isIssued(id, to: user)
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
        guard let event = try await catalog.event(event, .any),
            event.isVisible(to: principal.user)
        else {
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
        let id = identity.id(
            of: booking.key, event: booking.event, basket: basket, user: user)
        return BookingView(booking, id: id)
    }

    /// What the booking came to, from memory, else from the database, else by waiting.
    private func decided(
        _ id: BookingID, for user: UserID, wait limit: Duration?, _ presence: ClientPresence
    ) async throws(Refusal) -> Booking? {
        if let booking = board.outcome(of: id.key) { return booking }
        guard let limit else { return try await stored(id.key) }
        let (wait, end) = (OutcomeWait(), OneShot<WaitEnd>())
        // A request whose time is over ends its wait, too.
        defer { wait.answer(.clientGone) }
        switch board.begin(
            wait, for: id.key, of: user, limit: limit, completion: { end.answer($0) })
        {
        case .known(let booking): return booking
        case .full: throw .overloaded(.waiters)
        case .begun: presence.whenGone { wait.answer(.clientGone) }
        }
        let known = OneShot<BookingLookUps.Answer>()
        lookUps.find(id.key, within: Self.lookUpLimit) { [board] answer in
            // What is known first ends the wait; a database that is away does not.
            if case .success(let booking?) = answer { board.deliver([booking]) }
            known.answer(answer)
        }
        switch await end.wait(cancelled: .clientGone) {
        case .outcome(let booking): return booking
        case .timeOver, .stopping, .notPublished: return try await stored(id.key)
        case .clientGone, .displaced:
            return try await known.wait(cancelled: .failure(.deadlineExceeded)).get()
        }
    }

    private func stored(_ key: BookingKey) async throws(Refusal) -> Booking? {
        try await lookUps.value(of: key, within: Self.lookUpLimit)
    }
}
