import NIOPosix
import Synchronization

/// Hashes and checks passwords on threads of its own, a bounded number at a time.
///
/// Scrypt takes tens of milliseconds of a core; on an event loop or the cooperative pool it would
/// hold up every other request. The line before the threads is bounded as well: beyond it
/// signing in is refused, rather than waited for.
final class PasswordHasher: Sendable {
    /// The most passwords that may wait for a thread.
    static let waitingMax = 64

    private let threads: NIOThreadPool
    private let threadCount: Int
    private let cost: ScryptCost
    private let random: @Sendable () -> UInt64
    private let nobody: PasswordHash
    private let inside = Mutex(0)

    /// A hasher with that many threads; `random` makes the salts.
    init(threads: Int, cost: ScryptCost, random: @escaping @Sendable () -> UInt64) {
        threadCount = max(1, threads)
        self.threads = NIOThreadPool(numberOfThreads: threadCount)
        self.cost = cost
        self.random = random
        nobody = PasswordHash(matchingNothing: cost)
    }

    /// Runs `body` while the threads are at work.
    func withThreads<Value>(_ body: () async throws -> Value) async throws -> Value {
        threads.start()
        do {
            let value = try await body()
            try await threads.shutdownGracefully()
            return value
        } catch {
            try await threads.shutdownGracefully()
            throw error
        }
    }

    /// The text to store for `password`.
    func hash(_ password: String) async throws -> String {
        let salt = [random(), random()].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        }
        return try await onThread { [cost] in
            try PasswordHash(password, salt: salt, cost: cost).description
        }
    }

    /// Whether `password` is the one stored as `stored`; with nothing stored it takes as long, and
    /// the answer is no.
    func matches(_ password: String, stored: String?) async throws -> Bool {
        let known = stored.flatMap { PasswordHash($0) }
        let hash = known ?? nobody
        let matches = try await onThread { try hash.matches(password) }
        return matches && known != nil
    }

    private func onThread<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let hasRoom = inside.withLock { inside in
            guard inside < threadCount + Self.waitingMax else { return false }
            inside += 1
            return true
        }
        guard hasRoom else { throw Refusal.overloaded(.passwords) }
        defer { inside.withLock { $0 -= 1 } }
        return try await threads.runIfActive(work)
    }
}
