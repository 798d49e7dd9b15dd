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

    /// Told how a submission ended; must not take long.
    typealias Completion = @Sendable (Result<BookingView, any Error>) -> Void

    /// Puts the wish into the event's line, unless its outcome is known already, and waits for the
    /// outcome if asked to.
    ///
    /// When it returns a pending booking, the command is safe with the broker.
    func submit(_ wish: Wish, wait: Duration?) async throws -> BookingView {
        do {
            let basket = try await basket(of: wish)
            let id = id(of: wish, basket)
            if let known = try known(id) { return known }
            if stock.isSoldOut(wish.event, for: basket), let view = try await turnAway(id) {
                return view
            }
            let answer = OneShot<Result<BookingView, any Error>>()
            let waiter = OutcomeBoard.Waiter()
            defer { waiter.answer(nil) }
            accept(id, from: wish.user, wait: wait, through: waiter) { answer.answer($0) }
            return try await answer.wait(cancelled: .failure(Refusal.deadlineExceeded)).get()
        } catch {
            refused(error)
            throw error
        }
    }

    /// Does the same at once and calls `completion`, if that can be done with what is known here.
    ///
    /// If not, returns `nil` and has done nothing. Who answers the waiter that is returned ends the wait
    /// for the outcome.
    func submitAtOnce(
        _ wish: Wish, wait: Duration?, completion: @escaping Completion
    ) -> OutcomeBoard.Waiter? {
        guard let event = catalog.eventAtHand(wish.event), let basket = try? event.basket(of: wish),
            !stock.isSoldOut(wish.event, for: basket)
        else { return nil }
        let waiter = OutcomeBoard.Waiter()
        let id = id(of: wish, basket)
        let completion: Completion = { [self] result in
            if case .failure(let error) = result { refused(error) }
            completion(result)
        }
        do {
            if let known = try known(id) {
                completion(.success(known))
            } else {
                accept(id, from: wish.user, wait: wait, through: waiter, completion: completion)
            }
        } catch { completion(.failure(error)) }
        return waiter
    }

    private func refused(_ error: any Error) {
        metrics.refusedBooking((error as? Refusal)?.label ?? "error")
    }

    private func id(of wish: Wish, _ basket: Basket) -> BookingID {
        let key = BookingKey(
            user: wish.user, event: wish.event, idempotencyKey: wish.idempotencyKey,
            authenticator: authenticator)
        return BookingID(
            key: key, event: wish.event, basket: basket, user: wish.user,
            authenticator: authenticator)
    }

    /// The booking, when its outcome was heard here; refuses what may not join the line.
    private func known(_ id: BookingID) throws(Refusal) -> BookingView? {
        if let booking = board.outcome(of: id.key) { return try BookingView(booking, of: id) }
        try admit(id.key, for: id.basket, to: id.event)
        return nil
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

    /// Publishes the booking's command, and tells what it came to, if somebody waits and it is known in
    /// time.
    private func accept(
        _ id: BookingID, from user: UserID, wait: Duration?, through waiter: OutcomeBoard.Waiter,
        completion: @escaping Completion
    ) {
        let command = BookCommand(key: id.key, user: user, basket: id.basket, submittedAt: now())
        let pending = BookingView(pending: id, createdAt: command.submittedAt)
        let acceptance = Acceptance()
        guard let wait else {
            acceptance.then { accepted in
                completion(accepted.map { pending }.mapError { $0 as any Error })
            }
            return publish(command, to: id.event, waiter, acceptance)
        }
        do {
            let isToCome = try board.tell(of: id.key, within: wait, through: waiter) {
                [self] heard in
                if let heard { return completion(Result { try BookingView(heard, of: id) }) }
                // Who has an outcome need not hear that the broker has the command; others must.
                acceptance.then { [self] accepted in
                    switch accepted {
                    case .success: findMissed(pending, completion: completion)
                    case .failure(let refusal): completion(.failure(refusal))
                    }
                }
            }
            if isToCome { publish(command, to: id.event, waiter, acceptance) }
        } catch { completion(.failure(error)) }
    }

    /// Tells a booking as the database knows it: outcomes may have been missed while the broker was away.
    private func findMissed(_ pending: BookingView, completion: @escaping Completion) {
        let id = pending.id
        lookUps.find(id.key, within: BookingService.lookUpLimit) { found in
            guard case .success(let booking?) = found else { return completion(.success(pending)) }
            completion(Result { try BookingView(booking, of: id) })
        }
    }

    /// Has the command published; the waiter need not wait when that fails.
    private func publish(
        _ command: BookCommand, to event: EventID, _ waiter: OutcomeBoard.Waiter,
        _ acceptance: Acceptance
    ) {
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
                waiter.answer(nil)
            }
            acceptance.answer(result)
        }
    }

    /// Nothing is left: refuses, unless the booking was decided before, or nobody can tell.
    private func turnAway(_ id: BookingID) async throws -> BookingView? {
        // What is committed is found there; what is heard here may not be all of it.
        let found: Booking?
        do {
            found = try await lookUps.value(of: id.key, within: BookingService.lookUpLimit)
        } catch { return nil }
        guard let booking = found else { throw Refusal.soldOut }
        return try BookingView(booking, of: id)
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
