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
    private let kinds: KindWatch
    private let limits: LimitWatch
    private let batcher: CommandBatcher
    private let board: OutcomeBoard
    private let lookUps: BookingLookUps
    private let leftovers: LeftoverLookUps
    private let identity: BookingIdentity
    private let alarms: AlarmClock
    private let deadline: Duration
    private let gate: RateGate
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

    /// Submissions that are given up after `deadline` and what they want to wait for an outcome.
    init(
        catalog: EventCatalog, stock: StockWatch, kinds: KindWatch, limits: LimitWatch,
        batcher: CommandBatcher,
        board: OutcomeBoard,
        lookUps: BookingLookUps, leftovers: LeftoverLookUps, identity: BookingIdentity,
        alarms: AlarmClock, gate: RateGate,
        deadline: Duration, metrics: IngressMetrics, now: @escaping @Sendable () -> Instant
    ) {
        self.catalog = catalog
        self.stock = stock
        self.kinds = kinds
        self.limits = limits
        self.batcher = batcher
        self.board = board
        self.lookUps = lookUps
        self.leftovers = leftovers
        self.identity = identity
        self.alarms = alarms
        self.deadline = deadline
        self.gate = gate
        self.metrics = metrics
        self.now = now
    }

    /// Somebody's wish to book.
    struct Wish: Sendable {
        let user: UserID
        let event: EventID
        let idempotencyKey: IdempotencyKey
        let items: [RequestedItem]
        /// How long to wait for the outcome, if at all.
        let wait: Duration?
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

    typealias Answer = Result<BookingView, Refusal>

    /// How a submission ended.
    struct End: Sendable {
        let answer: Answer
        /// Whether the submission asked for a unit of the buyer's budget, or need not.
        var isCharged = false
        /// What is left of that budget, if anybody counts.
        var fields: RateFields?
    }

    /// Told how a submission ended; must not take long.
    typealias Completion = @Sendable (End) -> Void

    /// Puts the wish into the event's line, unless its outcome is known already, and calls `completion` with
    /// the booking: decided, if its outcome came while it was waited for, else pending.
    ///
    /// A pending booking's command is safe with the broker. Whoever answers `wait` ends the wait for the
    /// outcome.
    func submit(_ wish: Wish, through wait: OutcomeWait, completion: @escaping Completion) {
        let submission = Submission(wish: wish, wait: wait) { [metrics] end in
            if case .failure(let refusal) = end.answer { metrics.refusedBooking(refusal.label) }
            completion(end)
        }
        if let event = catalog.eventAtHand(wish.event),
            let basket = try? event.basket(of: wish, at: now()),
            !stock.isSoldOut(wish.event, for: basket),
            !limits.mayBeSpent(by: wish.user, of: wish.event)
        {
            admit(id(of: wish, basket), submission)
        } else {
            submitLater(submission)
        }
    }

    /// Does the rest of ``submit(_:through:completion:)`` for what has to be looked up first.
    private func submitLater(_ submission: Submission) {
        let (wish, end) = (submission.wish, OneShot<End>())
        alarms.bound(
            end, to: deadline + (wish.wait ?? .zero),
            late: End(answer: .failure(.deadlineExceeded)), submission.completion)
        let bounded = Submission(wish: wish, wait: submission.wait, bound: end) { end.answer($0) }
        let take: @Sendable (EventCatalog.Answer) -> Void = { [self] event in
            do throws(Refusal) {
                guard let event = try event.get() else { throw .noSuchEvent }
                let now = now()
                let basket = try event.basket(of: wish, at: now, orClosed: true)
                admit(id(of: wish, basket), bounded, isOnSale: event.sells(at: now))
            } catch { bounded.complete(.failure(error)) }
        }
        catalog.find(wish.event, .any) { [catalog, now] event in
            guard case .success(let known?) = event,
                (try? known.basket(of: wish, at: now())) == nil
            else { return take(event) }
            // Nobody is refused because of an old state of the event.
            catalog.find(wish.event, .noOlder(than: Self.refusalAgeMax), completion: take)
        }
    }

    private func id(of wish: Wish, _ basket: Basket) -> BookingID {
        let key = identity.key(
            user: wish.user, event: wish.event, idempotencyKey: wish.idempotencyKey)
        return identity.id(of: key, event: wish.event, basket: basket, user: wish.user)
    }

    /// Lets a booking join the line that is wished for: or tells it as it was decided, or why it may not.
    private func admit(_ id: BookingID, _ submission: Submission, isOnSale: Bool = true) {
        if let booking = board.outcome(of: id.key) {
            return submission.complete(.init(booking, of: id))
        }
        let (accepted, pause) = state.withLock { state in
            (
                state.accepted.value(for: id.key)?.basket,
                state.lines.pauseSeconds(for: id.event, at: .now)
            )
        }
        if let accepted {
            guard accepted == id.basket else { return submission.complete(.failure(.keyReused)) }
            submission.isCharged()
            return acceptAgain(id, submission, isOnSale: isOnSale)
        } else if let pause, isOnSale {
            return submission.complete(.failure(.lineTooLong(seconds: pause)))
        }
        // Only what is new here: to send an accepted booking again costs nobody anything.
        gate.pass(.submissions, submission.wish.user.bits) { [self] verdict in
            switch verdict {
            case .success(let fields):
                submission.isCharged(leaving: fields)
                if isOnSale { join(id, submission) } else { recall(id, submission) }
            case .failure(let refusal):
                submission.isCharged()
                submission.complete(.failure(refusal))
            }
        }
    }

    /// Takes a booking again that was accepted here and has no outcome in memory: it is pending, or its
    /// outcome was forgotten or missed.
    private func acceptAgain(_ id: BookingID, _ submission: Submission, isOnSale: Bool) {
        // Whoever waits is told by the worker, which answers a command that it has decided before.
        if isOnSale, submission.wish.wait != nil { return accept(id, submission) }
        findBefore(id, submission) { [self] in accept(id, submission) }
    }

    /// Tells a booking that was decided while its event was on sale, and refuses any other.
    private func recall(_ id: BookingID, _ submission: Submission) {
        lookUps.find(id.key, within: BookingService.lookUpLimit) { found in
            switch found {
            case .success(let booking?): submission.complete(.init(booking, of: id))
            case .success(nil): submission.complete(.failure(.eventClosed))
            case .failure(let refusal): submission.complete(.failure(refusal))
            }
        }
    }

    /// Lets a booking join the line, unless nothing is left or the buyer may have no more.
    private func join(_ id: BookingID, _ submission: Submission) {
        if stock.isSoldOut(id.event, for: id.basket) {
            findBefore(id, submission) { submission.complete(.failure(.soldOut)) }
        } else if limits.mayBeSpent(by: submission.wish.user, of: id.event) {
            heedLimit(id, submission)
        } else {
            accept(id, submission)
        }
    }

    /// Tells the booking if it was decided before, or calls `isNew`; accepts it when nobody can tell.
    private func findBefore(
        _ id: BookingID, _ submission: Submission, isNew: @escaping @Sendable () -> Void
    ) {
        // What is committed is found there; what is heard here may not be all of it.
        lookUps.find(id.key, within: BookingService.lookUpLimit) { [self] found in
            switch found {
            case .success(let booking?): submission.complete(.init(booking, of: id))
            case .success(nil): isNew()
            case .failure: accept(id, submission)
            }
        }
    }

    /// Refuses a buyer who has as much as one may have by now; whoever may have more is told by the line.
    ///
    /// What the buyer has may be this very booking, sent before: so the booking is looked up after it.
    private func heedLimit(_ id: BookingID, _ submission: Submission) {
        let buyer = Buyer(user: submission.wish.user, event: id.event)
        leftovers.find(buyer, within: BookingService.lookUpLimit) { [self] found in
            if case .success(let found?) = found, !found.suffice(for: id.basket) {
                return findBefore(id, submission) {
                    submission.complete(.failure(.limitExceeded))
                }
            }
            if case .success = found { limits.forget(buyer) }
            accept(id, submission)
        }
    }

    /// Publishes the booking's command, and tells what it came to, if somebody waits and it is known in
    /// time.
    private func accept(_ id: BookingID, _ submission: Submission) {
        guard !submission.isGivenUp else { return }
        guard kinds.offers(.book, to: id.event.shard) else {
            return submission.complete(.failure(.upgrading))
        }
        let command = BookCommand(
            key: id.key, user: submission.wish.user, basket: id.basket, submittedAt: now())
        let pending = BookingView(pending: id, createdAt: command.submittedAt)
        guard let limit = submission.wish.wait else {
            return publish(command, to: id.event) { submission.complete($0.map { pending }) }
        }
        let (wait, acceptance) = (submission.wait, OneShot<Result<Void, Refusal>>())
        let beginning = board.begin(wait, for: id.key, of: command.user, limit: limit) {
            [self] end in
            switch end {
            // What has an outcome need not be known to be safe with the broker; all else must.
            case .outcome(let booking): submission.complete(.init(booking, of: pending.id))
            case .notPublished(let refusal): submission.complete(.failure(refusal))
            case .clientGone, .displaced:
                acceptance.then { accepted in submission.complete(accepted.map { pending }) }
            case .timeOver, .stopping:
                acceptance.then { [self] accepted in
                    switch accepted {
                    case .success: findMissed(pending, submission)
                    case .failure(let refusal): submission.complete(.failure(refusal))
                    }
                }
            }
        }
        switch beginning {
        case .known(let booking): submission.complete(.init(booking, of: id))
        case .full: submission.complete(.failure(.overloaded(.waiters)))
        case .begun:
            publish(command, to: id.event) { accepted in
                if case .failure(let refusal) = accepted { wait.answer(.notPublished(refusal)) }
                acceptance.answer(accepted)
            }
        }
    }

    /// Tells a booking as the database knows it: outcomes may have been missed while the broker was away.
    private func findMissed(_ pending: BookingView, _ submission: Submission) {
        let id = pending.id
        lookUps.find(id.key, within: BookingService.lookUpLimit) { found in
            switch found {
            case .success(let booking?): submission.complete(.init(booking, of: id))
            case .success(nil), .failure: submission.complete(.success(pending))
            }
        }
    }

    /// Has the command published.
    private func publish(
        _ command: BookCommand, to event: EventID,
        completion: @escaping CommandBatcher.Completion
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
            }
            completion(result)
        }
    }
}

extension Event {
    /// What is wished for; refuses what the event does not have, and all of it unless it is sold at `now`.
    ///
    /// With `orClosed` it may be closed or over: then something it has may have been booked before.
    fileprivate func basket(
        of wish: SubmissionService.Wish, at now: Instant, orClosed: Bool = false
    ) throws(Refusal) -> Basket {
        guard isVisible(to: wish.user) else { throw Refusal.noSuchEvent }
        guard sells(at: now) || orClosed && status != .draft else { throw Refusal.eventClosed }
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
            throw sells(at: now) ? Refusal.unknownTicketTypes(unknown) : .eventClosed
        }
        return basket
    }
}

extension BuyerLeftovers {
    /// Whether nothing in the basket exceeds what is left, as far as that is known.
    fileprivate func suffice(for basket: Basket) -> Bool {
        basket.items.allSatisfy { $0.quantity.rawValue <= left[$0.ticketType] ?? .max }
    }
}

extension BookingView {
    /// The booking under the id it was asked for; refuses when it was decided for another basket.
    init(_ booking: Booking, of id: BookingID) throws(Refusal) {
        if let basket = booking.basket, basket != id.basket { throw Refusal.keyReused }
        self.init(booking, id: id)
    }
}

extension SubmissionService.Answer {
    /// The booking under the id it was asked for.
    fileprivate init(_ booking: Booking, of id: BookingID) {
        self.init { () throws(Refusal) in try BookingView(booking, of: id) }
    }
}
