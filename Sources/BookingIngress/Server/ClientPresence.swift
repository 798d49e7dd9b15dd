import Synchronization

/// Whether the client of a request still waits for its answer.
///
/// What waits on behalf of a request asks to be told when the client leaves, ends its wait then and
/// answers with what is known; the work of the request itself is not cancelled.
final class ClientPresence: Sendable {
    private let left = OneShot<Void>()

    /// The client will not read the answer, or sends nothing any more: waits end.
    func leave() { left.answer(()) }

    /// Calls `body` once the client leaves, at once if it has; at most one may ask.
    func whenGone(_ body: @escaping @Sendable () -> Void) { left.then(body) }
}

/// The waits of one request, one after the other; when its client leaves, the present one ends.
final class ClientWait<Answer: Sendable>: Sendable {
    private struct State {
        var wait: OneShot<Answer>?
        var isLeft = false
    }

    private let state = Mutex(State())

    /// Whether the client is gone.
    var isLeft: Bool { state.withLock { $0.isLeft } }

    /// The next wait; it has ended if the client is gone.
    func next(orAnswered answer: Answer) -> OneShot<Answer> {
        let wait = OneShot<Answer>()
        let isLeft = state.withLock { state in
            state.wait = wait
            return state.isLeft
        }
        if isLeft { wait.answer(answer) }
        return wait
    }

    /// The client is gone.
    func leave(_ answer: Answer) {
        let wait = state.withLock { state in
            state.isLeft = true
            return state.wait
        }
        wait?.answer(answer)
    }
}
