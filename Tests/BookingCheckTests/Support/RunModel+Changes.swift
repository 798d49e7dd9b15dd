import BookingCheck
import BookingDomain
import BookingHistory

/// What buyers do with their bookings.
extension RunModel {
    /// One change that is asked for, with its attempts.
    struct ChangeRequest {
        let booking: BookingID
        let user: UserID
        let verb: ChangeVerb
        let key: String?
        let command: Command
        let id: String
        var attempts: [(span: Span, fate: Fate)] = []
        /// When it reached the line, each time.
        var arrivals: [Int64] = []
    }

    /// The changes that follow a request to book which reached the line at `time`.
    mutating func changeRequests(of request: Request, from time: Int64) -> [ChangeRequest] {
        var steps: [(ChangeVerb, Int64)] = []
        let soon = time + .random(in: 200_000...9_000_000, using: &random)
        let late = time + .random(in: 31_000_000...36_000_000, using: &random)
        switch (request.id.flags.contains(.hold), Int.random(in: 0..<10, using: &random)) {
        case (false, 0...1): steps = [(.cancel, soon)]
        case (false, _): break
        case (true, 0...2): steps = [(.confirm, soon)]
        case (true, 3): steps = [(.pay, soon), (.confirm, soon + 200_000)]
        case (true, 4): steps = [(.extend, soon), (.confirm, soon + 2_000_000)]
        case (true, 5): steps = [(.cancel, soon)]
        case (true, 6): steps = [(.confirm, soon), (.cancel, soon + 300_000)]
        case (true, 7) where habit != .punctual: break
        case (true, 8) where habit == .late: steps = [(.confirm, late)]
        case (true, _): steps = [(.extend, soon), (.cancel, soon + 200_000)]
        }
        return steps.map { verb, start in change(verb, of: request, at: start) }
    }

    private mutating func change(
        _ verb: ChangeVerb, of request: Request, at start: Int64
    ) -> ChangeRequest {
        let key = verb == .extend ? "\(request.key) again" : nil
        let id = CommandID(
            changing: request.id.key, verb.kind, idempotencyKey: key.map(IdempotencyKey.of),
            authenticator: authenticator)
        var change = ChangeRequest(
            booking: request.id, user: request.user, verb: verb, key: key,
            command: Command(
                id: id, event: request.id.event, actor: request.user,
                acceptedAt: Self.now(at: start),
                body: .change(verb.command, of: request.id.key)),
            id: ChangeID(
                command: id, verb: verb.command, of: request.id.reference,
                authenticator: authenticator
            ).description)
        var time = start
        for _ in 1...2 {
            let span = Span(
                start: time, end: time + .random(in: 2000...30_000, using: &random))
            change.arrivals.append(time + 1000)
            switch Int.random(in: 0..<10, using: &random) {
            case 0...1: change.attempts.append((span, .unanswered))
            case 2...3:
                change.attempts.append((span, .awaited))
                return change
            default:
                change.attempts.append((span, .accepted))
                // Now and then a request is sent again though it was accepted.
                if Int.random(in: 0..<4, using: &random) > 0 { return change }
            }
            time = span.end + .random(in: 1...50_000, using: &random)
        }
        return change
    }

    /// Writes down what the sender of a change saw.
    mutating func record(_ request: ChangeRequest, _ line: LineModel) {
        guard let (change, decidedAt) = line.outcomes[request.command.id] else { return }
        let states = line.states[request.booking.key] ?? []
        for (index, attempt) in request.attempts.enumerated() {
            var span = attempt.span
            var answer: ChangeAnswer?
            switch attempt.fate {
            case .unanswered, .refused: break
            case .accepted:
                let booking = states.last { $0.time <= span.start }?.booking
                answer = ChangeAnswer(
                    status: 202, change: request.id, outcome: "pending",
                    booking: booking.map(request.booking.document) ?? request.booking.pending(nil))
                look(at: request, change, states, from: decidedAt)
            case .awaited:
                span.end = max(span.end, decidedAt + 500)
                let booking = states.last { $0.time <= decidedAt }?.booking
                answer = ChangeAnswer(
                    status: change.refusal == nil ? 200 : 409, change: request.id,
                    booking: booking.map(request.booking.document),
                    problem: change.refusal.map { $0.rawValue.replacing("_", with: "-") })
            }
            records.append(
                .change(
                    ChangeRecord(
                        booking: request.booking.description, user: request.user.description,
                        verb: request.verb, key: request.key, attempt: index + 1, span: span,
                        answer: answer)))
        }
    }

    /// Asks for a change while it is pending, and once it was decided.
    private mutating func look(
        at request: ChangeRequest, _ change: Change,
        _ states: [(booking: Booking, time: Int64)], from decidedAt: Int64
    ) {
        for (time, isDecided) in [(decidedAt - 400, false), (decidedAt + 400, true)] {
            let booking = states.last { $0.time <= time }?.booking
            let outcome = change.refusal == nil ? "applied" : "refused"
            records.append(
                .changeLook(
                    ChangeLookRecord(
                        booking: request.booking.description, user: request.user.description,
                        change: request.id, span: Span(start: time, end: time + 10),
                        answer: ChangeAnswer(
                            status: 200, change: request.id,
                            outcome: isDecided ? outcome : "pending",
                            reason: isDecided ? change.refusal?.rawValue : nil,
                            booking: booking.map(request.booking.document)
                                ?? request.booking.pending(nil)))))
        }
    }
}

extension ChangeVerb {
    fileprivate var kind: CommandKind {
        switch self {
        case .confirm: .confirm
        case .pay: .pay
        case .extend: .extend
        case .cancel: .cancel
        }
    }

    fileprivate var command: Command.Verb {
        switch self {
        case .confirm: .confirm
        case .pay: .pay
        case .extend: .extend
        case .cancel: .cancel
        }
    }
}
