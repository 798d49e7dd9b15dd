import BookingDomain
import BookingStore
import Synchronization

/// Taking bookings: from a request that may be refused to a command in its event's line.
final class SubmissionService: Sendable {
    /// How old an event may be for refusing a booking because of it.
    private static let refusalAgeMax = Duration.milliseconds(200)
    /// How many accepted bookings are remembered, so that their keys are not taken for other baskets.
    private static let acceptedMax = 100_000

    private let catalog: EventCatalog
    private let lines: LineWatch
    private let batcher: CommandBatcher
    private let board: OutcomeBoard
    private let store: any DecidedBookings
    private let authenticator: HMACAuthenticator
    private let metrics: IngressMetrics
    private let now: @Sendable () -> Instant
    private let accepted = Mutex(
        RecentCache<BookingKey, Basket>(capacity: SubmissionService.acceptedMax))

    init(
        catalog: EventCatalog, lines: LineWatch, batcher: CommandBatcher, board: OutcomeBoard,
        store: any DecidedBookings, authenticator: HMACAuthenticator, metrics: IngressMetrics,
        now: @escaping @Sendable () -> Instant
    ) {
        self.catalog = catalog
        self.lines = lines
        self.batcher = batcher
        self.board = board
        self.store = store
        self.authenticator = authenticator
        self.metrics = metrics
        self.now = now
    }

    /// Somebody's wish to book.
    struct Wish: Sendable {
        let user: UserID
        let event: EventID
        let idempotencyKey: IdempotencyKey
        let items: [RequestedItem]
    }

    /// Refuses who wants to join a line that is too long; to be asked before any work is done.
    func admit(to event: EventID) throws(Refusal) {
        guard let seconds = lines.pauseSeconds(for: event) else { return }
        let refusal = Refusal.lineTooLong(seconds: seconds)
        metrics.refusedBooking(refusal.label)
        throw refusal
    }

    /// Puts the wish into the event's line, unless its outcome is known already, and waits for the
    /// outcome if asked to.
    ///
    /// When it returns a pending booking, the command is safe with the broker.
    func submit(_ wish: Wish, wait: Duration?) async throws -> BookingView {
        do { return try await decide(wish, wait: wait) } catch {
            metrics.refusedBooking((error as? Refusal)?.label ?? "error")
            throw error
        }
    }

    private func decide(_ wish: Wish, wait: Duration?) async throws -> BookingView {
        let (event, basket) = try await basket(of: wish)
        let key = BookingKey(
            user: wish.user, event: wish.event, idempotencyKey: wish.idempotencyKey,
            authenticator: authenticator)
        let id = BookingID(
            key: key, event: wish.event, basket: basket, user: wish.user,
            authenticator: authenticator)
        if let booking = board.outcome(of: key) { return try BookingView(booking, of: id) }
        if let other = accepted.withLock({ $0.value(for: key) }), other != basket {
            throw Refusal.keyReused
        }
        if event.isSoldOut(for: basket), let view = try await turnAway(id, from: event) {
            return view
        }
        let command = BookCommand(key: key, user: wish.user, basket: basket, submittedAt: now())
        let booking = try await accept(command, to: wish.event, wait: wait)
        if let booking { return try BookingView(booking, of: id) }
        return BookingView(pending: id, createdAt: command.submittedAt)
    }

    /// Whether the broker has a command safe.
    private typealias Acceptance = OneShot<Result<Void, Refusal>>

    /// Publishes the command; what it came to, if somebody waits and it is known in time.
    private func accept(
        _ command: BookCommand, to event: EventID, wait: Duration?
    ) async throws -> Booking? {
        let acceptance = Acceptance()
        func publish(_ waiter: OutcomeBoard.Waiter?) {
            batcher.submit(command, to: event) { [self] result in
                if case .success = result {
                    accepted.withLock { $0.insert(command.basket, for: command.key) }
                    metrics.acceptedBooking()
                } else {
                    waiter?.answer(nil)
                }
                acceptance.answer(result)
            }
        }
        guard let wait else {
            publish(nil)
            try await acceptance.wait(cancelled: .failure(.deadlineExceeded)).get()
            return nil
        }
        let heard = try await board.outcome(of: command.key, within: wait, after: publish)
        guard heard == nil else { return heard }
        // Who has an outcome need not be woken to hear that the broker has the command; others must.
        try await acceptance.wait(cancelled: .failure(.deadlineExceeded)).get()
        // Outcomes may have been missed while the broker was away.
        let found = try? await within(BookingService.lookUpLimit) { [store] in
            try await store.booking(command.key)
        }
        return found.flatMap { $0 }
    }

    /// Nothing was left when the event was last heard of: refuses, unless the booking was decided before,
    /// or something is left now, or nobody can tell.
    private func turnAway(_ id: BookingID, from event: Event) async throws -> BookingView? {
        guard let fresh = try await catalog.event(event.id, ageMax: nil),
            fresh.isSoldOut(for: id.basket)
        else { return nil }
        if board.remembersAll(since: event.createdAt) { throw Refusal.soldOut }
        let found = try? await within(BookingService.lookUpLimit) { [store] in
            try await store.booking(id.key)
        }
        guard let found else { return nil }
        guard let booking = found else { throw Refusal.soldOut }
        return try BookingView(booking, of: id)
    }

    /// The event, and what is wished for in its own terms.
    private func basket(of wish: Wish) async throws(Refusal) -> (Event, Basket) {
        guard let event = try await catalog.event(wish.event) else { throw Refusal.noSuchEvent }
        do { return (event, try event.basket(of: wish)) } catch {
            // Nobody is refused because of an old state of the event.
            guard let event = try await catalog.event(wish.event, ageMax: Self.refusalAgeMax) else {
                throw Refusal.noSuchEvent
            }
            return (event, try event.basket(of: wish))
        }
    }
}

extension Event {
    /// Whether nothing at all is left of something in the basket; whether enough is, the worker tells.
    fileprivate func isSoldOut(for basket: Basket) -> Bool {
        basket.items.contains { item in
            ticketTypes.contains { $0.number == item.ticketType && $0.stock.available == 0 }
        }
    }

    fileprivate func basket(of wish: SubmissionService.Wish) throws(Refusal) -> Basket {
        guard isVisible(to: wish.user) else { throw Refusal.noSuchEvent }
        guard status == .onSale else { throw Refusal.eventClosed }
        var unknown: [Int] = []
        var items: [BasketItem] = []
        for (index, item) in wish.items.enumerated() {
            if let type = item.ticketType, type.event == id,
                ticketTypes.contains(where: { $0.number == type.number })
            {
                items.append(BasketItem(ticketType: type.number, quantity: item.quantity))
            } else {
                unknown.append(index)
            }
        }
        guard unknown.isEmpty, let basket = Basket(items) else {
            throw Refusal.unknownTicketTypes(unknown)
        }
        return basket
    }
}

extension BookingView {
    /// The booking under the id it was asked for; refuses when it was decided for another basket.
    init(_ booking: Booking, of id: BookingID) throws(Refusal) {
        if let basket = booking.basket, basket != id.basket { throw Refusal.keyReused }
        self.init(booking, id: id)
    }
}
