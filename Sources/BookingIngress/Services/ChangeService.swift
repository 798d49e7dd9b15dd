import BookingDomain
import BookingStore

/// Changing bookings: a request becomes a command in the event's line, and what it came to is told.
struct ChangeService: Sendable {
    /// How long a change is waited for before the database is asked, in case outcomes are not heard.
    private static let lookUpInterval = Duration.seconds(2)

    let bookings: BookingService
    let changes: RecentChanges
    let lookUps: ChangeLookUps
    let kinds: KindWatch
    let batcher: CommandBatcher
    let identity: BookingIdentity
    let metrics: IngressMetrics
    let now: @Sendable () -> Instant

    /// What is asked of a booking.
    struct Wish: Sendable {
        let verb: Command.Verb
        let idempotencyKey: IdempotencyKey?
        /// How long to wait until it is decided, if at all.
        let wait: Duration?
    }

    /// A change as a client sees it, with its booking as that is known now.
    struct View: Sendable {
        let id: ChangeID
        let change: Change?
        let booking: BookingView
    }

    /// What came of a wish.
    enum Answer: Sendable {
        /// The booking is as it was wished for already, and no command asked for that.
        case already(BookingView)
        /// Nothing will ever change this booking.
        case refused(Change.Refusal, BookingView)
        case change(View)
    }

    /// Changes a booking, unless that was done before or it is so already.
    func change(
        _ text: String, _ wish: Wish, by principal: Principal, presence: ClientPresence
    ) async throws(Refusal) -> Answer {
        do throws(Refusal) {
            let answer = try await answer(text, wish, by: principal, presence)
            switch answer {
            case .refused(let refusal, _): metrics.refusedChange(refusal.rawValue)
            case .change(let view):
                if let refusal = view.change?.refusal { metrics.refusedChange(refusal.rawValue) }
            case .already: break
            }
            return answer
        } catch {
            metrics.refusedChange(error.label)
            throw error
        }
    }

    private func answer(
        _ text: String, _ wish: Wish, by principal: Principal, _ presence: ClientPresence
    ) async throws(Refusal) -> Answer {
        let (id, booking) = try await find(text, wish.verb, principal)
        let change = identity.change(of: id, wish.verb, idempotencyKey: wish.idempotencyKey)
        if let booking, case .success(let known) = await known(change, of: id, whose: booking) {
            if let known {
                return .change(try await view(change, known, of: id, for: principal))
            }
            switch booking.status {
            case .confirmed where wish.verb == .confirm, .cancelled where wish.verb == .cancel:
                return .already(try bookings.shown(booking, of: id))
            // It stays as it is, whatever is asked of it.
            case .cancelled, .rejected, .failed:
                return .refused(wish.verb.refusal, try bookings.shown(booking, of: id))
            case .pending, .confirmed, .held, .waitlisted, .expired: break
            }
        }
        try await publish(wish.verb, as: change, of: id, by: principal)
        guard let wait = wish.wait,
            let decided = await decided(
                change, of: id, for: principal.user, within: wait, presence)
        else {
            let shown = try booking.map { booking throws(Refusal) in
                try bookings.shown(booking, of: id)
            }
            let pending = shown ?? BookingView(pending: id, createdAt: nil)
            return .change(View(id: change, change: nil, booking: pending))
        }
        return .change(try await view(change, decided, of: id, for: principal))
    }

    /// What a change came to, as far as it has; waits for it if asked to.
    func status(
        of changeText: String, ofBooking text: String, for principal: Principal, wait: Duration?,
        presence: ClientPresence
    ) async throws(Refusal) -> View {
        let (id, booking) = try await bookings.find(text, for: principal, asOrganizer: true)
        guard let change = ChangeID(changeText), identity.isIssued(change, of: id) else {
            throw .noSuchChange
        }
        var decided = try await stored(change, of: id)
        if decided == nil, let wait {
            decided = await self.decided(
                change, of: id, for: principal.user, within: wait, presence)
        }
        if let decided { return try await view(change, decided, of: id, for: principal) }
        let shown = try booking.map { booking throws(Refusal) in
            try bookings.shown(booking, of: id)
        }
        return View(
            id: change, change: nil, booking: shown ?? BookingView(pending: id, createdAt: nil))
    }

    /// What the same command came to before, where that may be: of a booking that is as it was made, nothing was
    /// asked that was applied.
    private func known(
        _ change: ChangeID, of id: BookingID, whose booking: Booking
    ) async -> Result<Change?, Refusal> {
        if let known = changes.change(change.command) { return .success(known) }
        guard booking.asOfSequence > booking.sequence || booking.status != .held else {
            return .success(nil)
        }
        do throws(Refusal) { return .success(try await stored(change, of: id)) } catch {
            return .failure(error)
        }
    }

    /// The booking that is to be changed, as far as it is known.
    ///
    /// A database that is away keeps no buyer from asking in time: the line decides.
    private func find(
        _ text: String, _ verb: Command.Verb, _ principal: Principal
    ) async throws(Refusal) -> (id: BookingID, booking: Booking?) {
        do throws(Refusal) {
            return try await bookings.find(text, for: principal, asOrganizer: verb == .cancel)
        } catch {
            guard error == .unavailable(.database), let id = BookingID(text),
                identity.isIssued(id, to: principal.user)
            else { throw error }
            return (id, nil)
        }
    }

    private func stored(_ change: ChangeID, of id: BookingID) async throws(Refusal) -> Change? {
        if let known = changes.change(change.command) { return known }
        let reference = ChangeReference(event: id.event, command: change.command)
        let found = try await lookUps.value(of: reference, within: BookingService.lookUpLimit)
        if let found { changes.deliver([found]) }
        return found
    }

    private func publish(
        _ verb: Command.Verb, as change: ChangeID, of id: BookingID, by principal: Principal
    ) async throws(Refusal) {
        guard let kind = verb.kind, kinds.offers(kind, to: id.event.shard) else {
            throw .upgrading
        }
        let command = Command(
            id: change.command, event: id.event, actor: principal.user, acceptedAt: now(),
            body: .change(verb, of: id.key))
        let accepted = OneShot<Result<Void, Refusal>>()
        batcher.submit(command) { accepted.answer($0) }
        try await accepted.wait(cancelled: .failure(.deadlineExceeded)).get()
        metrics.acceptedChange(kind)
    }

    /// Waits for what a change comes to; `nil` when that is not known in time, or there is no room to wait.
    private func decided(
        _ change: ChangeID, of id: BookingID, for user: UserID, within limit: Duration,
        _ presence: ClientPresence
    ) async -> Change? {
        let end = ContinuousClock.now + limit
        let waiting = ClientWait<Change?>()
        presence.whenGone { waiting.leave(nil) }
        while true {
            let slice = min(end - .now, Self.lookUpInterval)
            var isFull = false
            if slice > .zero {
                do throws(Refusal) {
                    let heard = try await changes.change(
                        change.command, for: user, through: waiting.next(orAnswered: nil),
                        upTo: slice)
                    if let heard { return heard }
                } catch { isFull = true }
            }
            // What was missed is there; a database that is away says nothing.
            if let found = try? await stored(change, of: id) { return found }
            if isFull || end <= .now || waiting.isLeft { return nil }
        }
    }

    /// A change that is decided, with its booking as it is since then.
    private func view(
        _ id: ChangeID, _ change: Change, of booking: BookingID, for principal: Principal
    ) async throws(Refusal) -> View {
        let since = change.refusal == nil ? change.sequence : 0
        let known = try await bookings.newest(booking, notBefore: since)
        let shown = try known.map { known throws(Refusal) in
            try bookings.shown(known, of: booking)
        }
        return View(
            id: id, change: change, booking: shown ?? BookingView(pending: booking, createdAt: nil))
    }
}

extension Command.Verb {
    /// Why it is refused of a booking that is over.
    fileprivate var refusal: Change.Refusal {
        switch self {
        case .confirm, .pay: .notConfirmable
        case .extend: .notExtendable
        case .cancel: .notCancellable
        case .undecodable: .undecodable
        }
    }
}
