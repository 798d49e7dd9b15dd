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
    private let batcher: CommandBatcher
    private let board: OutcomeBoard
    private let store: any DecidedBookings
    private let authenticator: HMACAuthenticator
    private let metrics: IngressMetrics
    private let now: @Sendable () -> Instant
    private let accepted = Mutex(
        RecentCache<BookingKey, Basket>(capacity: SubmissionService.acceptedMax))

    init(
        catalog: EventCatalog, batcher: CommandBatcher, board: OutcomeBoard,
        store: any DecidedBookings, authenticator: HMACAuthenticator, metrics: IngressMetrics,
        now: @escaping @Sendable () -> Instant
    ) {
        self.catalog = catalog
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
        let basket = try await basket(of: wish)
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
        let command = BookCommand(key: key, user: wish.user, basket: basket, submittedAt: now())
        let booking = try await accept(command, to: wish.event, wait: wait)
        if let booking { return try BookingView(booking, of: id) }
        return BookingView(pending: id, createdAt: command.submittedAt)
    }

    /// Publishes the command; what it came to, if somebody waits and it is known in time.
    private func accept(
        _ command: BookCommand, to event: EventID, wait: Duration?
    ) async throws -> Booking? {
        let publish: @Sendable () async throws -> Void = { [self] in
            try await batcher.submit(command, to: event)
            accepted.withLock { $0.insert(command.basket, for: command.key) }
            metrics.acceptedBooking()
        }
        guard let wait else {
            try await publish()
            return nil
        }
        let heard = try await board.outcome(of: command.key, within: wait, after: publish)
        // Outcomes may have been missed while the broker was away.
        guard heard == nil else { return heard }
        let found = try? await within(BookingService.lookUpLimit) { [store] in
            try await store.booking(command.key)
        }
        return found.flatMap { $0 }
    }

    /// What is wished for, in the event's own terms.
    private func basket(of wish: Wish) async throws(Refusal) -> Basket {
        guard let event = try await catalog.event(wish.event) else { throw Refusal.noSuchEvent }
        do { return try event.basket(of: wish) } catch {
            // Nobody is refused because of an old state of the event.
            guard let event = try await catalog.event(wish.event, ageMax: Self.refusalAgeMax) else {
                throw Refusal.noSuchEvent
            }
            return try event.basket(of: wish)
        }
    }
}

extension Event {
    fileprivate func basket(of wish: SubmissionService.Wish) throws(Refusal) -> Basket {
        guard isVisible(to: wish.user) else { throw Refusal.noSuchEvent }
        guard status == .onSale else { throw Refusal.eventClosed }
        let numbers = Set(ticketTypes.map(\.number))
        var unknown: [Int] = []
        var items: [BasketItem] = []
        for (index, item) in wish.items.enumerated() {
            if let type = item.ticketType, type.event == id, numbers.contains(type.number) {
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
