import BookingDomain
import BookingStore
import Synchronization

/// Taking bookings: from a request that may be refused to a command in its event's line.
final class SubmissionService: Sendable {
    /// How old an event may be for refusing a booking because of it.
    private static let refusalAgeMax = Duration.milliseconds(200)
    /// How many accepted bookings are remembered, so that their keys are not taken for other baskets.
    private static let acceptedMax = 100_000
    /// How old it may be what is left of an event, for refusing a booking because of it.
    private static let stockAgeMax = Duration.seconds(1)

    private let catalog: EventCatalog
    private let stock: StockWatch
    private let kinds: KindWatch
    private let limits: LimitWatch
    private let batcher: CommandBatcher
    private let recentOutcomes: RecentOutcomes
    private let lookUps: BookingLookUps
    private let leftovers: LeftoverLookUps
    private let identity: BookingIdentity
    private let alarms: AlarmClock
    private let deadline: Duration
    private let gate: RateGate
    private let metrics: IngressMetrics
    private let now: @Sendable () -> Instant
    private let state: Mutex<State>

    private struct State {
        /// What was accepted here of late: the baskets, so that a key is not taken for another, and where
        /// they stand.
        var accepted = RecentCache<BookingKey, Accepted>(capacity: SubmissionService.acceptedMax)
        var waits: WaitEstimator
    }

    private struct Accepted {
        let basket: Basket
        let flags: BookingID.Flags
    }

    /// Submissions that are given up after `deadline` and what they want to wait for an outcome.
    init(
        catalog: EventCatalog, stock: StockWatch, kinds: KindWatch, limits: LimitWatch,
        batcher: CommandBatcher,
        recentOutcomes: RecentOutcomes,
        lookUps: BookingLookUps, leftovers: LeftoverLookUps, identity: BookingIdentity,
        alarms: AlarmClock, gate: RateGate,
        deadline: Duration, lineWaitMax: Duration, metrics: IngressMetrics,
        now: @escaping @Sendable () -> Instant
    ) {
        self.catalog = catalog
        self.stock = stock
        self.kinds = kinds
        self.limits = limits
        self.batcher = batcher
        self.recentOutcomes = recentOutcomes
        self.lookUps = lookUps
        self.leftovers = leftovers
        self.identity = identity
        self.alarms = alarms
        self.deadline = deadline
        self.gate = gate
        self.metrics = metrics
        self.now = now
        state = Mutex(State(waits: WaitEstimator(waitMax: lineWaitMax)))
    }

    /// Somebody's wish to book.
    struct Wish: Sendable {
        let user: UserID
        let event: EventID
        let idempotencyKey: IdempotencyKey
        let items: [RequestedItem]
        /// Whether they are to be held for a while, to be confirmed.
        var isHold = false
        /// How long to wait for the outcome, if at all.
        let wait: Duration?
    }

    /// Takes in what was decided: how far the lines have come that bookings were accepted for here.
    func heard(_ bookings: [Booking]) {
        let now = ContinuousClock.now
        state.withLock { state in
            state.waits.heard(bookings, at: now)
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

        /// The same with another view of the booking.
        func showing(_ booking: BookingView) -> End {
            End(answer: .success(booking), isCharged: isCharged, fields: fields)
        }
    }

    /// Told how a submission ended; must not take long.
    typealias Completion = @Sendable (End) -> Void

    /// Puts the wish into the event's line, unless its outcome is known already, and calls `completion` with
    /// the booking: decided, if its outcome came while it was waited for, else pending.
    ///
    /// A pending booking's command is safe with the broker. Whoever answers `wait` ends the wait for the
    /// outcome.
    func submit(_ wish: Wish, through wait: OutcomeWait, completion: @escaping Completion) {
        let known = catalog.eventAtHand(wish.event)
        let submission = Submission(wish: wish, wait: wait) { [metrics, catalog, now] end in
            switch end.answer {
            case .failure(let refusal):
                metrics.refusedBooking(refusal.label)
                completion(end)
            case .success(let booking):
                let event = known ?? catalog.eventAtHand(wish.event)
                completion(end.showing(booking.priced(event).seen(at: now())))
            }
        }
        if let event = known,
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
        return identity.id(
            of: key, event: wish.event, basket: basket, flags: wish.isHold ? .hold : [],
            user: wish.user)
    }

    /// Lets a booking join the line that is wished for: or tells it as it was decided, or why it may not.
    private func admit(_ id: BookingID, _ submission: Submission, isOnSale: Bool = true) {
        if let booking = recentOutcomes.outcome(of: id.key) {
            return submission.complete(.init(booking, of: id))
        }
        let (accepted, pause) = state.withLock { state in
            (
                state.accepted.value(for: id.key),
                state.waits.pauseSeconds(for: id.event, at: .now)
            )
        }
        if let accepted {
            guard accepted.basket == id.basket, accepted.flags == id.flags else {
                return submission.complete(.failure(.keyReused))
            }
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
        lookUps.find(id.reference, within: BookingService.lookUpLimit) { found in
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
            refuseIfSoldOut(id, submission)
        } else if limits.mayBeSpent(by: submission.wish.user, of: id.event) {
            heedLimit(id, submission)
        } else {
            accept(id, submission)
        }
    }

    /// Refuses a booking if nothing is left, or can come back of what is held, as the database knows it now; what
    /// is cancelled or expires makes room, and may not have been heard of.
    private func refuseIfSoldOut(_ id: BookingID, _ submission: Submission) {
        catalog.find(id.event, .noOlder(than: Self.stockAgeMax)) { [self] answer in
            if case .success(let event?) = answer, event.isGone(of: id.basket) {
                findBefore(id, submission) { submission.complete(.failure(.soldOut)) }
            } else {
                accept(id, submission)
            }
        }
    }

    /// Tells the booking if it was decided before, or calls `isNew`; accepts it when nobody can tell.
    private func findBefore(
        _ id: BookingID, _ submission: Submission, isNew: @escaping @Sendable () -> Void
    ) {
        // What is committed is found there; what is heard here may not be all of it.
        lookUps.find(id.reference, within: BookingService.lookUpLimit) { [self] found in
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
        let isHold = id.flags.contains(.hold)
        guard kinds.offers(isHold ? .hold : .book, to: id.event.shard) else {
            return submission.complete(.failure(.upgrading))
        }
        let (user, now) = (submission.wish.user, now())
        let command = Command.book(
            id.basket, holding: isHold, as: id.key, of: id.event, by: user, at: now)
        let pending = BookingView(pending: id, createdAt: now)
        guard let limit = submission.wish.wait else {
            return publish(command, of: id) { submission.complete($0.map { pending }) }
        }
        let (wait, acceptance) = (submission.wait, OneShot<Result<Void, Refusal>>())
        let beginning = recentOutcomes.begin(wait, for: id.reference, of: user, limit: limit) {
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
            publish(command, of: id) { accepted in
                if case .failure(let refusal) = accepted { wait.answer(.notPublished(refusal)) }
                acceptance.answer(accepted)
            }
        }
    }

    /// Tells a booking as the database knows it: outcomes may have been missed while the broker was away.
    private func findMissed(_ pending: BookingView, _ submission: Submission) {
        let id = pending.id
        lookUps.find(id.reference, within: BookingService.lookUpLimit) { found in
            switch found {
            case .success(let booking?): submission.complete(.init(booking, of: id))
            case .success(nil), .failure: submission.complete(.success(pending))
            }
        }
    }

    /// Has the command published.
    private func publish(
        _ command: Command, of id: BookingID,
        completion: @escaping CommandBatcher.Completion
    ) {
        batcher.submit(command) { [self] result in
            if case .success = result {
                let now = ContinuousClock.now
                state.withLock { state in
                    state.waits.accepted(id.key, of: id.event, at: now)
                    let accepted = Accepted(basket: id.basket, flags: id.flags)
                    state.accepted.insert(accepted, for: id.key)
                }
                metrics.acceptedBooking()
            }
            completion(result)
        }
    }
}

extension BookingView {
    /// The booking under the id it was asked for; refuses when it was decided for another basket.
    init(_ booking: Booking, of id: BookingID) throws(Refusal) {
        if let basket = booking.basket, basket != id.basket || booking.flags != id.flags {
            throw Refusal.keyReused
        }
        self.init(booking, id: id)
    }
}

extension SubmissionService.Answer {
    /// The booking under the id it was asked for.
    fileprivate init(_ booking: Booking, of id: BookingID) {
        self.init { () throws(Refusal) in try BookingView(booking, of: id) }
    }
}
