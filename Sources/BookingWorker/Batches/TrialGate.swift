import BookingDomain
import BookingStore
import Synchronization

/// Lets one message at a time be on trial in this process, so that a death is blamed on the right one, and
/// remembers which trials the process survived without being able to say so.
final class TrialGate: Sendable {
    /// Tells this process from all others.
    let process: ProcessIdentity

    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var survived: [ShardNumber: Set<MessageDigest>] = [:]
    }

    private let state = Mutex(State())

    init(process: ProcessIdentity) { self.process = process }

    /// Runs `trial` once no other is under way.
    func pass<Value>(_ trial: () async throws -> Value) async throws -> Value {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isTaken {
                    state.waiting.append(continuation)
                    return false
                }
                state.isTaken = true
                return true
            }
            if isFree { continuation.resume() }
        }
        defer { leave() }
        return try await trial()
    }

    private func leave() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            if state.waiting.isEmpty {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }

    /// The process survived trying a message, and the database may not know it.
    func survived(_ message: MessageDigest, in shard: ShardNumber) {
        state.withLock { _ = $0.survived[shard, default: []].insert(message) }
    }

    /// Has `forget` tell the database what the process survived, if there is anything to tell.
    ///
    /// Not while something is on trial: it may be one of them again, and that trial is not survived yet.
    func tellSurvived(
        in shard: ShardNumber, _ forget: ([MessageDigest]) async throws -> Void
    ) async throws {
        let messages = state.withLock { state in
            let messages = state.survived[shard] ?? []
            guard !messages.isEmpty, !state.isTaken else { return Set<MessageDigest>() }
            state.isTaken = true
            return messages
        }
        guard !messages.isEmpty else { return }
        defer { leave() }
        try await forget(Array(messages))
        state.withLock { $0.survived[shard] = nil }
    }
}
