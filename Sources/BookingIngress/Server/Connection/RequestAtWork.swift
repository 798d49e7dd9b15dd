/// A request that is being answered.
enum RequestAtWork {
    /// Answered by a call, once its wait for the outcome ends.
    case submission(OutcomeWait)
    /// Answered by a task of its own; the alarm rings when it takes too long.
    case routed(Task<Void, Never>, ClientPresence, AlarmClock.Alarm)

    /// The client sends nothing any more: what is known is its answer.
    func leave() {
        switch self {
        case .submission(let wait): wait.answer(.clientGone)
        case .routed(_, let presence, _): presence.leave()
        }
    }

    /// Nobody takes the answer.
    func abandon() {
        switch self {
        case .submission(let wait): wait.answer(.clientGone)
        case .routed(let task, let presence, _):
            presence.leave()
            task.cancel()
        }
    }

    /// Its time does not count any more.
    func clear(in alarms: AlarmClock) {
        if case .routed(_, _, let alarm) = self { alarms.clear(alarm) }
    }
}
