import Synchronization

/// An answer that comes once, perhaps before anybody waits for it.
///
/// So whoever wants it can take its place first and begin to wait later, and misses nothing in between.
final class OneShot<Answer: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Answer, Never>)
        case answered(Answer)
    }

    private let state = Mutex(State.open)

    /// Answers, unless somebody has before.
    func answer(_ answer: Answer) {
        let continuation: CheckedContinuation<Answer, Never>? = state.withLock { state in
            switch state {
            case .open:
                state = .answered(answer)
                return nil
            case .waiting(let continuation):
                state = .answered(answer)
                return continuation
            case .answered: return nil
            }
        }
        continuation?.resume(returning: answer)
    }

    /// Waits for the answer, which is `cancelled` when the task is; at most one may wait.
    func wait(cancelled: Answer) async -> Answer {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Answer? = state.withLock { state in
                    if case .answered(let answer) = state { return answer }
                    state = .waiting(continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            answer(cancelled)
        }
    }
}
