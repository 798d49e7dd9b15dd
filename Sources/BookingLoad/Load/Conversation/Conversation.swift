import NIOCore

/// What one connection does, as a state machine: it has at most one request under way.
///
///     connecting → free | exchanging | connecting
///     free       → exchanging | connecting
///     exchanging → exchanging | pausing | free | connecting
///     pausing    → exchanging | free | connecting
///     any        → over
///
/// It tells what to do next and what to count, and is told what came of it. A booking that was
/// accepted is followed over as many connections as it takes.
struct Conversation: Sendable {
    enum State: Hashable, Sendable {
        /// There is no connection; an accepted booking may be waiting for it.
        case connecting(Errand?)
        /// Connected, with nothing to do.
        case free
        case exchanging(Errand)
        /// Sends nothing until it is woken.
        case pausing(Errand?)
        case over
    }

    enum Action: Hashable, Sendable {
        case nothing
        /// Let go of what connection there is, and make one.
        case connect(after: TimeAmount)
        case send(LoadMessage)
        case wake(at: NIODeadline)
        /// It is free: give it something to do.
        case takeNext
        /// Let go of the connection for good.
        case hangUp
    }

    struct Step: Hashable, Sendable {
        let action: Action
        let note: ConversationNote?

        init(_ action: Action, _ note: ConversationNote? = nil) {
            self.action = action
            self.note = note
        }
    }

    /// What holds for all conversations of a run.
    struct Rules: Hashable, Sendable {
        /// Whether a user who was refused waits before the next request: so in the closed loop.
        let pausesAfterRefusal: Bool
        let answerTimeout: TimeAmount
    }

    var state = State.connecting(nil)
    let rules: Rules
    /// A connection may end during a pause.
    private var isConnected = false
    /// Connections in a row that ended without an answer.
    private var failures = 0

    init(_ rules: Rules) { self.rules = rules }

    var isFree: Bool { state == .free }

    /// Whether something is under way that must come to an end.
    var isBusy: Bool {
        switch state {
        case .exchanging: true
        case .connecting(let errand), .pausing(let errand): errand != nil
        case .free, .over: false
        }
    }

    func isOverdue(at now: NIODeadline) -> Bool {
        guard case .exchanging(let errand) = state else { return false }
        return now - errand.sentAt > rules.answerTimeout
    }

    mutating func connected(at now: NIODeadline) -> Step {
        switch state {
        case .connecting(let errand):
            isConnected = true
            return resume(errand, at: now)
        case .free, .exchanging, .pausing: return Step(.nothing)
        case .over: return Step(.hangUp)
        }
    }

    mutating func connectFailed(_ reason: String) -> Step {
        guard case .connecting = state else { return Step(.nothing) }
        failures += 1
        return Step(.connect(after: backoff), .failed(.unconnected(reason)))
    }

    /// Sends a request that was due at `dueAt`; only when it is free.
    mutating func begin(_ request: LoadRequest, dueAt: NIODeadline, at now: NIODeadline) -> Step {
        guard isFree else { return Step(.nothing) }
        state = .exchanging(Errand(request, dueAt: dueAt, sentAt: now))
        return Step(.send(.first(request)))
    }

    mutating func answered(_ answer: LoadAnswer, at now: NIODeadline) -> Step {
        guard case .exchanging(let errand) = state else { return Step(.nothing) }
        failures = 0
        return take(answer, to: errand, at: now)
    }

    /// The connection has ended, or cannot be used any more.
    mutating func broke(_ fault: LoadFault) -> Step {
        isConnected = false
        switch state {
        case .free:
            // Servers close what is idle: no fault, and no reason to come back in a hurry.
            failures += 1
            state = .connecting(nil)
            return Step(.connect(after: backoff))
        case .exchanging(let errand):
            failures += 1
            state = .connecting(errand.isAccepted ? errand : nil)
            return Step(.connect(after: backoff), .failed(fault))
        case .connecting, .pausing, .over: return Step(.nothing)
        }
    }

    /// A pause is over.
    mutating func woken(at now: NIODeadline) -> Step {
        guard case .pausing(let errand) = state else { return Step(.nothing) }
        if isConnected { return resume(errand, at: now) }
        state = .connecting(errand)
        return Step(.connect(after: .zero))
    }

    /// Ends it, whatever is under way.
    mutating func giveUp() -> Step {
        defer { state = .over }
        switch state {
        case .exchanging(let errand):
            return Step(.hangUp, errand.isAccepted ? .lost(.undecided) : .failed(.timedOut))
        case .connecting(.some), .pausing(.some): return Step(.hangUp, .lost(.undecided))
        case .connecting(.none), .pausing(.none), .free, .over: return Step(.hangUp)
        }
    }

    /// Goes on with an accepted booking, or takes something new.
    mutating func resume(_ errand: Errand?, at now: NIODeadline) -> Step {
        guard var errand, case .following(let id) = errand.stage else {
            state = .free
            return Step(.takeNext)
        }
        errand.sentAt = now
        state = .exchanging(errand)
        return Step(.send(.ask(id: id)))
    }

    /// Doubles with each failure in a row, up to sixteen times the shortest pause.
    private var backoff: TimeAmount {
        TimeAmount(DrillLimits.pauseMin) * Int64(1 << min(max(failures - 1, 0), 4))
    }
}
