import Synchronization

/// An answer that comes once, perhaps before anybody waits for it.
///
/// So whoever wants it can take its place first and begin to wait later, and misses nothing in between.
final class OneShot<Answer: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(@Sendable (Answer) -> Void)
        case answered(Answer)
    }

    private let state = Mutex(State.open)

    /// Answers, unless somebody has before.
    func answer(_ answer: Answer) {
        let receive: (@Sendable (Answer) -> Void)? = state.withLock { state in
            switch state {
            case .open:
                state = .answered(answer)
                return nil
            case .waiting(let receive):
                state = .answered(answer)
                return receive
            case .answered: return nil
            }
        }
        receive?(answer)
    }

    /// Whether the answer is there.
    var isAnswered: Bool {
        state.withLock { state in
            switch state {
            case .open, .waiting: false
            case .answered: true
            }
        }
    }

    /// Calls `receive` with the answer once it is there; at most one may wait.
    func then(_ receive: @escaping @Sendable (Answer) -> Void) {
        let answer: Answer? = state.withLock { state in
            if case .answered(let answer) = state { return answer }
            state = .waiting(receive)
            return nil
        }
        if let answer { receive(answer) }
    }

    /// Waits for the answer, which is `cancelled` when the task is; at most one may wait.
    func wait(cancelled: Answer) async -> Answer {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                then { continuation.resume(returning: $0) }
            }
        } onCancel: {
            answer(cancelled)
        }
    }
}
