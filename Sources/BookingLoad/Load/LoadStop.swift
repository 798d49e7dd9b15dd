import Synchronization

/// Lets a load be ended before its time: what was measured until then is reported.
package final class LoadStop: Sendable {
    private struct State {
        var isAsked = false
        var handler: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    /// Ends the load; asking again changes nothing.
    package func ask() {
        let handler = state.withLock { state in
            state.isAsked = true
            defer { state.handler = nil }
            return state.handler
        }
        handler?()
    }

    /// Calls `handler` once when the end is asked for, at once if it was already.
    func whenAsked(_ handler: @escaping @Sendable () -> Void) {
        let isAsked = state.withLock { state in
            if !state.isAsked { state.handler = handler }
            return state.isAsked
        }
        if isAsked { handler() }
    }
}
