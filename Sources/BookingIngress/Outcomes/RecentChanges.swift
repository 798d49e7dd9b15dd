import BookingDomain
import Synchronization

/// Recent changes of bookings: what commands that asked for them came to, for those that wait and poll.
///
/// Holds nothing that matters: what is not here any more, or was missed, is in the database.
final class RecentChanges: Sendable {
    /// The most changes that are remembered.
    private static let changesMax = 50_000

    private struct State {
        var changes = RecentCache<CommandID, Change>(capacity: RecentChanges.changesMax)
        var waits: [CommandID: [UInt64: Waiter]] = [:]
        var waiters = 0
        /// How many waits each user has, of those that have any.
        var users: [UserID: Int] = [:]
        var lastWaiter: UInt64 = 0
        var isClosed = false

        /// Counts a wait as ended.
        mutating func ended(_ waiter: Waiter) {
            waiters -= 1
            let left = users[waiter.user, default: 0] - 1
            users[waiter.user] = left > 0 ? left : nil
        }
    }

    private struct Waiter {
        let user: UserID
        let wait: OneShot<Change?>
    }

    private let state = Mutex(State())
    private let waitersMax: Int
    private let waitersPerUserMax: Int
    private let alarms: AlarmClock

    init(waitersMax: Int, waitersPerUserMax: Int, alarms: AlarmClock) {
        self.waitersMax = waitersMax
        self.waitersPerUserMax = waitersPerUserMax
        self.alarms = alarms
    }

    /// How many wait for changes.
    var waiters: Int { state.withLock { $0.waiters } }

    /// What a command came to, if that was heard here and is still remembered.
    func change(_ command: CommandID) -> Change? {
        state.withLock { $0.changes.value(for: command) }
    }

    /// Takes in changes, and wakes those that wait for them.
    func deliver(_ changes: [Change]) {
        guard !changes.isEmpty else { return }
        let woken: [(OneShot<Change?>, Change)] = state.withLock { state in
            changes.flatMap { change in
                state.changes.insert(change, for: change.command)
                let waits = state.waits.removeValue(forKey: change.command) ?? [:]
                for waiter in waits.values { state.ended(waiter) }
                return waits.values.map { ($0.wait, change) }
            }
        }
        for (wait, change) in woken { wait.answer(change) }
    }

    /// Waits for a change; `nil` when `limit` is over, `wait` was answered so, or the service stops.
    ///
    /// Throws when too many wait, or the user has too many waits.
    func change(
        _ command: CommandID, for user: UserID, through wait: OneShot<Change?>, upTo limit: Duration
    ) async throws(Refusal) -> Change? {
        let beginning: Beginning = state.withLock { state in
            if let change = state.changes.value(for: command) { return .known(change) }
            guard !state.isClosed else { return .closed }
            guard state.waiters < waitersMax, state.users[user, default: 0] < waitersPerUserMax
            else { return .full }
            state.lastWaiter += 1
            state.waiters += 1
            state.users[user, default: 0] += 1
            state.waits[command, default: [:]][state.lastWaiter] = Waiter(user: user, wait: wait)
            return .waiting(state.lastWaiter)
        }
        switch beginning {
        case .known(let change): return change
        case .closed: return nil
        case .full: throw .overloaded(.waiters)
        case .waiting(let number):
            let end = OneShot<Change?>()
            alarms.bound(wait, to: limit, late: nil) { end.answer($0) }
            let change = await end.wait(cancelled: nil)
            if change == nil { withdraw(number, from: command) }
            return change
        }
    }

    private enum Beginning {
        case known(Change)
        case waiting(UInt64)
        case full
        case closed
    }

    private func withdraw(_ number: UInt64, from command: CommandID) {
        state.withLock { state in
            guard let waiter = state.waits[command]?.removeValue(forKey: number) else { return }
            state.ended(waiter)
            if state.waits[command]?.isEmpty == true { state.waits[command] = nil }
        }
    }

    /// Ends all waits, and lets none begin: the service is stopping.
    func close() {
        let waits = state.withLock { state in
            state.isClosed = true
            defer { (state.waits, state.waiters, state.users) = ([:], 0, [:]) }
            return state.waits.values.flatMap(\.values).map(\.wait)
        }
        for wait in waits { wait.answer(nil) }
    }
}
