import BookingDomain
import BookingStore
import Synchronization

/// Taking bookings: from a request that may be refused to a command in its event's line.
final class SubmissionService: Sendable {
    /// How old an event may be for refusing a booking because of it.
    private static let refusalAgeMax = Duration.milliseconds(200)
    /// How many accepted bookings are remembered, so that their keys are not taken for other baskets.
    private static let acceptedMax = 100_000
    /// How many outcomes of a message are looked at for how long they took.
    private static let lookedAtMax = 100

    private let catalog: EventCatalog
    private let stock: StockWatch
    private let batcher: CommandBatcher
    private let board: OutcomeBoard
    private let lookUps: BookingLookUps
    private let authenticator: HMACAuthenticator
    private let metrics: IngressMetrics
    private let now: @Sendable () -> Instant
    private let state = Mutex(State())

    private struct State {
        /// What was accepted here of late: the baskets, so that a key is not taken for another, and where
        /// they stand.
        var accepted = RecentCache<BookingKey, Accepted>(capacity: SubmissionService.acceptedMax)
        var lines = LineWatch()
    }

    private struct Accepted {
        let basket: Basket
        let place: LineWatch.Place
    }

    init(
        catalog: EventCatalog, stock: StockWatch, batcher: CommandBatcher, board: OutcomeBoard,
        lookUps: BookingLookUps, authenticator: HMACAuthenticator, metrics: IngressMetrics,
        now: @escaping @Sendable () -> Instant
    ) {
        self.catalog = catalog
        self.stock = stock
        self.batcher = batcher
        self.board = board
        self.lookUps = lookUps
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

    /// Takes in what was decided: how far the lines have come that bookings were accepted for here.
    func heard(_ bookings: [Booking]) {
        let now = ContinuousClock.now
        state.withLock { state in
            var seen: Set<EventID> = []
            // The last one of each event tells; with other instances about, it may be one of theirs.
            for booking in bookings.suffix(Self.lookedAtMax).reversed()
            where !seen.contains(booking.event) {
                guard let accepted = state.accepted.value(for: booking.key) else { continue }
                seen.insert(booking.event)
                state.lines.heard(booking.event, accepted.place, at: now)
            }
        }
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
        try admit(key, for: basket, to: event.id)
        if stock.isSoldOut(event.id, for: basket), let view = try await turnAway(id) {
            return view
        }
        let command = BookCommand(key: key, user: wish.user, basket: basket, submittedAt: now())
        let booking = try await accept(command, to: wish.event, wait: wait)
        if let booking { return try BookingView(booking, of: id) }
        return BookingView(pending: id, createdAt: command.submittedAt)
    }

    /// Refuses a key that was accepted with another basket, and newcomers to a line that is too long.
    private func admit(
        _ key: BookingKey, for basket: Basket, to event: EventID
    ) throws(Refusal) {
        let (known, pause) = state.withLock { state in
            (
                state.accepted.value(for: key)?.basket,
                state.lines.pauseSeconds(for: event, at: .now)
            )
        }
        if let known {
            guard known == basket else { throw Refusal.keyReused }
        } else if let pause {
            throw Refusal.lineTooLong(seconds: pause)
        }
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
                    let now = ContinuousClock.now
                    state.withLock { state in
                        let place = state.lines.accepted(event, at: now)
                        let accepted = Accepted(basket: command.basket, place: place)
                        state.accepted.insert(accepted, for: command.key)
                    }
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
        return try? await lookUps.booking(command.key, within: BookingService.lookUpLimit)
    }

    /// Nothing is left: refuses, unless the booking was decided before, or nobody can tell.
    private func turnAway(_ id: BookingID) async throws -> BookingView? {
        // What is committed is found there; what is heard here may not be all of it.
        let found: Booking?
        do {
            found = try await lookUps.booking(id.key, within: BookingService.lookUpLimit)
        } catch { return nil }
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
