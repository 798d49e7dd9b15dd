import BookingDomain
import BookingStore

/// Showing bookings to those who may see them.
struct BookingService: Sendable {
    /// How long the database is asked for what is not heard here.
    static let lookUpLimit = Duration.seconds(2)

    let catalog: EventCatalog
    let recentOutcomes: RecentOutcomes
    let store: any DecidedBookings
    let lookUps: BookingLookUps
    let identity: BookingIdentity
    /// Whether all outcomes are heard.
    let isFollowing: @Sendable () -> Bool
    let now: @Sendable () -> Instant

    /// The booking of that id, decided or not; waits for its outcome if asked to, or for what comes after
    /// `asOfSequence`.
    ///
    /// Its buyer may see it from the moment it was accepted, the event's organizer once it is decided:
    /// before that, nothing but the buyer's name can tell an id that was issued from one that was not.
    func booking(
        _ text: String, for principal: Principal, wait: Duration?, after asOfSequence: Int64? = nil,
        presence: ClientPresence
    ) async throws(Refusal) -> BookingView {
        let sequence = asOfSequence ?? 0
        // To wait is to look it up, too: a database that is away keeps nobody from waiting.
        if let wait, let id = BookingID(text), identity.isIssued(id, to: principal.user) {
            return try await awaited(
                id, for: principal.user, after: sequence, within: wait, presence)
        }
        // A client that has seen more than memory knows is told what the database does.
        let (id, known) = try await find(
            text, for: principal, asOrganizer: true, notBefore: sequence)
        guard let known else { return BookingView(pending: id, createdAt: nil) }
        guard let wait, known.asOfSequence <= sequence else { return try shown(known, of: id) }
        return try await awaited(id, for: principal.user, after: sequence, within: wait, presence)
    }

    /// The booking that an id names to its buyer, and to the event's organizer; `nil` while it is pending.
    func find(
        _ text: String, for principal: Principal, asOrganizer mayBeOrganizer: Bool,
        notBefore sequence: Int64 = 0
    ) async throws(Refusal) -> (id: BookingID, booking: Booking?) {
        guard let id = BookingID(text) else { throw Refusal.noSuchBooking }
        if identity.isIssued(id, to: principal.user) {
            return (id, try await newest(id, notBefore: sequence))
        }
        guard mayBeOrganizer, principal.role == .organizer,
            let event = try await catalog.event(id.event, .any), event.organizer == principal.user,
            let booking = try await newest(id, notBefore: sequence), let user = booking.user,
            identity.isIssued(id, to: user)
        else { throw Refusal.noSuchBooking }
        return (id, booking)
    }

    /// The booking as it is since `sequence`, or newer; `nil` while it is pending.
    ///
    /// Memory tells, or else the database does.
    func newest(
        _ id: BookingID, notBefore sequence: Int64
    ) async throws(Refusal) -> Booking? {
        if let heard = heard(id), heard.asOfSequence >= sequence { return heard }
        let last = recentOutcomes.outcome(of: id.key)
        do throws(Refusal) { return try await stored(id.reference) ?? last } catch {
            // Better what was heard last than nothing.
            guard let last else { throw error }
            return last
        }
    }

    /// A booking as its client sees it, under the id that it was asked for.
    func shown(_ booking: Booking, of id: BookingID) throws(Refusal) -> BookingView {
        try BookingView(booking, of: id).priced(catalog.eventAtHand(id.event)).seen(at: now())
    }

    /// A user's bookings, newest first.
    func bookings(
        of principal: Principal, in status: BookingStatus?, before cursor: BookingCursor?,
        limit: Int
    ) async throws -> [Booking] {
        try await asking { () async throws(StoreError) in
            try await store.bookings(
                of: principal.user, in: status, before: cursor, limit: limit)
        }
    }

    /// The events of some bookings, as far as they are known or can be had soon.
    func events(of bookings: [Booking]) async -> [EventID: Event] {
        await withTaskGroup(of: Event?.self) { group in
            for event in Set(bookings.map(\.event)) {
                group.addTask { try? await catalog.event(event, .any) }
            }
            return await group.reduce(into: [:]) { events, event in
                if let event { events[event.id] = event }
            }
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
            of: booking.key, event: booking.event, basket: basket, flags: booking.flags, user: user)
        return BookingView(booking, id: id).seen(at: now())
    }

    /// The booking once it is decided and newer than `sequence`, or as it is when the time is over.
    private func awaited(
        _ id: BookingID, for user: UserID, after sequence: Int64, within limit: Duration,
        _ presence: ClientPresence
    ) async throws(Refusal) -> BookingView {
        if let heard = heard(id), heard.asOfSequence > sequence { return try shown(heard, of: id) }
        let (wait, end) = (OutcomeWait(), OneShot<WaitEnd>())
        // A request whose time is over ends its wait, too.
        defer { wait.answer(.clientGone) }
        let beginning = recentOutcomes.begin(
            wait, for: id.reference, of: user, after: sequence, limit: limit,
            completion: { end.answer($0) })
        switch beginning {
        case .known(let booking):
            // Not all outcomes are heard now, so it may be old.
            return try shown(try await newest(id, notBefore: sequence) ?? booking, of: id)
        case .full: throw .overloaded(.waiters)
        case .begun: presence.whenGone { wait.answer(.clientGone) }
        }
        let known = OneShot<BookingLookUps.Answer>()
        lookUps.find(id.reference, within: Self.lookUpLimit) { [recentOutcomes] answer in
            // What is known first ends the wait; a database that is away does not.
            if case .success(let booking?) = answer { recentOutcomes.deliver([booking]) }
            known.answer(answer)
        }
        let booking: Booking? =
            switch await end.wait(cancelled: .clientGone) {
            case .outcome(let booking): booking
            case .timeOver, .stopping, .notPublished: try await stored(id.reference)
            case .clientGone, .displaced:
                try await known.wait(cancelled: .failure(.deadlineExceeded)).get()
            }
        guard let booking else { return BookingView(pending: id, createdAt: nil) }
        return try shown(booking, of: id)
    }

    /// The booking as memory knows it: what is final, and while all outcomes are heard what is newest.
    private func heard(_ id: BookingID) -> Booking? {
        guard let heard = recentOutcomes.outcome(of: id.key),
            heard.status.isFinal || isFollowing()
        else { return nil }
        return heard
    }

    private func stored(_ reference: BookingReference) async throws(Refusal) -> Booking? {
        try await lookUps.value(of: reference, within: Self.lookUpLimit)
    }
}
