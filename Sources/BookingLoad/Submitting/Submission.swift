/// One request for tickets, pursued from its first byte to its outcome, as a state machine.
///
///     posting   → following | done
///     following → done
///
/// It tells what to do next and is told what came of it; ``Submitter`` does the doing. Times are
/// offsets from whatever instant the caller counts from.
struct Submission: Sendable {
    enum State: Hashable, Sendable {
        /// Not yet accepted, as far as is known.
        case posting
        /// Accepted under this id.
        case following(id: String)
        case done(SubmissionOutcome)
    }

    enum Action: Hashable, Sendable {
        case post(after: Duration)
        case ask(id: String, after: Duration)
        case finish
    }

    private(set) var state = State.posting
    /// When the first byte went out.
    let firstSentAt: Duration
    /// When the first answer arrived that says it is in the line.
    private(set) var acceptedAt: Duration?
    private(set) var outcomeAt: Duration?
    /// Every id an answer named; more than one is a fault of the API.
    private(set) var ids: [String] = []
    /// Requests that had to be sent again, by what came of them, like "503" or "unreachable".
    private(set) var retries: [String: Int] = [:]
    private var attempts = 0
    private let deadline: Duration

    /// Begins at `offset` and gives up at `offset + patience`.
    init(at offset: Duration, patience: Duration) {
        firstSentAt = offset
        deadline = offset + patience
    }

    mutating func received(_ answer: SubmissionAnswer, at offset: Duration) -> Action {
        switch answer {
        case .decided(let booking):
            accept(booking.id, at: offset)
            return finish(.decided(booking), at: offset)
        case .accepted(let booking, let retryAfter):
            let isFirst = accept(booking.id, at: offset)
            state = .following(id: booking.id)
            // The first look follows at once: the long poll does the waiting.
            return again(after: isFirst ? .zero : retryAfter ?? DrillLimits.pauseMin, at: offset)
        case .later(let status, let retryAfter):
            return again(after: retryAfter, because: "\(status)", at: offset)
        case .refused(let status, let slug):
            switch state {
            case .posting: return finish(.refused(status: status, slug: slug), at: offset)
            case .following(let id):
                return finish(.lost(id: id, seen: "\(status) \(slug)"), at: offset)
            case .done: return .finish
            }
        }
    }

    /// No answer that can be read came.
    mutating func failed(_ error: LoadError, at offset: Duration) -> Action {
        again(after: nil, because: error.code.rawValue, at: offset)
    }

    @discardableResult
    private mutating func accept(_ id: String, at offset: Duration) -> Bool {
        if !ids.contains(id) { ids.append(id) }
        defer { acceptedAt = acceptedAt ?? offset }
        return acceptedAt == nil
    }

    private mutating func again(
        after wish: Duration?, because cause: String? = nil, at offset: Duration
    ) -> Action {
        attempts += 1
        if let cause { retries[cause, default: 0] += 1 }
        let pause =
            if cause == nil {
                min(wish ?? .zero, DrillLimits.pauseMax)
            } else {
                min(max(wish ?? .zero, backoff), DrillLimits.pauseMax)
            }
        let isOver = offset + pause >= deadline || attempts >= DrillLimits.attemptsMax
        switch state {
        case .posting:
            guard !isOver else {
                return finish(.unanswered(seen: retriesText), at: offset)
            }
            return .post(after: pause)
        case .following(let id):
            guard !isOver else {
                return finish(.lost(id: id, seen: "no outcome in time; \(retriesText)"), at: offset)
            }
            return .ask(id: id, after: pause)
        case .done: return .finish
        }
    }

    /// Doubles from ``DrillLimits/pauseMin`` with each retry, up to sixteen times that.
    private var backoff: Duration {
        let retried = retries.values.reduce(0, +)
        return DrillLimits.pauseMin * (1 << min(max(retried - 1, 0), 4))
    }

    private mutating func finish(_ outcome: SubmissionOutcome, at offset: Duration) -> Action {
        if outcomeAt == nil {
            state = .done(outcome)
            outcomeAt = offset
        }
        return .finish
    }

    private var retriesText: String {
        retries.isEmpty
            ? "no retries"
            : retries.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
                .joined(separator: ", ")
    }
}
