import Glibc
import NIOPosix
import Synchronization

/// Hashes and checks passwords on threads of its own, a bounded number at a time.
///
/// Scrypt takes a quarter of a second of a core; on an event loop or the cooperative pool it would hold up
/// every other request. What waits for a thread takes turns by client, and of several threads one client has
/// half, so that one that sends many passwords holds up nobody else; the queue is bounded, and beyond it the request is refused. The threads
/// give way to those that answer requests, for there may be no core to spare.
final class PasswordHasher: Sendable {
    /// The most passwords that may wait for a thread.
    static let waitingMax = 64
    /// How far the threads give way, as `nice` counts it: against one that is busy, they get a tenth of a core.
    static let niceness: Int32 = 10

    /// What a password came to.
    enum Check: Hashable, Sendable {
        case wrong
        case right
        /// It is right, but was hashed at another cost; to be stored instead.
        case rightAtAnotherCost(newHash: String)
    }

    private struct Job: Sendable {
        let run: @Sendable () -> Void
        let refuse: @Sendable () -> Void
    }

    private struct State {
        var running = 0
        /// Of clients that have any.
        var runningByClient: [ClientAddress: Int] = [:]
        var queue = FairQueue<ClientAddress, Job>(countMax: PasswordHasher.waitingMax)
        var isStopped = false

        mutating func start(_ client: ClientAddress) {
            runningByClient[client, default: 0] += 1
        }

        mutating func end(_ client: ClientAddress) {
            let count = runningByClient[client, default: 1]
            runningByClient[client] = count > 1 ? count - 1 : nil
        }
    }

    private enum Start {
        case now
        case waiting(FairQueue<ClientAddress, Job>.Ticket, displacing: Job?)
        case refused
    }

    private let threads: NIOThreadPool
    private let threadCount: Int
    /// The most threads that work for one client.
    private let perClientMax: Int
    private let cost: ScryptCost
    private let random: @Sendable () -> UInt64
    private let nobody: PasswordHash
    private let state = Mutex(State())

    /// A hasher with that many threads; `random` makes the salts.
    init(threads: Int, cost: ScryptCost, random: @escaping @Sendable () -> UInt64) {
        threadCount = max(1, threads)
        perClientMax = max(1, threadCount / 2)
        self.threads = NIOThreadPool(numberOfThreads: threadCount)
        self.cost = cost
        self.random = random
        nobody = PasswordHash(matchingNothing: cost)
    }

    /// Runs `body` while the threads are at work.
    func withThreads<Value>(_ body: () async throws -> Value) async throws -> Value {
        threads.start()
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        stop()
        try await threads.shutdownGracefully()
        return try result.get()
    }

    /// How many passwords wait for a thread.
    var waiting: Int { state.withLock { $0.queue.count } }

    /// The text to store for `password`.
    func hash(_ password: String, for client: ClientAddress) async throws -> String {
        try await onThread(for: client) { [self] in try newHash(password) }
    }

    /// Whether `password` is the one stored as `stored`; with nothing stored it takes as long, and
    /// the answer is no.
    func check(
        _ password: String, stored: String?, for client: ClientAddress
    ) async throws -> Check {
        let known = stored.flatMap { PasswordHash($0) }
        return try await onThread(for: client) { [self] in
            let hash = known ?? nobody
            guard try hash.matches(password), known != nil else {
                // An account that was stored at a lower cost is not to be told from none by the time.
                try hash.cost.spendRest(of: cost)
                return .wrong
            }
            return hash.cost == cost ? .right : .rightAtAnotherCost(newHash: try newHash(password))
        }
    }

    private func newHash(_ password: String) throws -> String {
        let salt = [random(), random()].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        }
        return try PasswordHash(password, salt: salt, cost: cost).description
    }

    // MARK: - Turns

    private func onThread<Value: Sendable>(
        for client: ClientAddress, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let answer = OneShot<Result<Value, any Error>>()
        let job = Job(
            run: { answer.answer(Result { try work() }) },
            refuse: { answer.answer(.failure(Refusal.overloaded(.passwords))) })
        switch admit(job, for: client) {
        case .refused: throw Refusal.overloaded(.passwords)
        case .now:
            threads.submit { [self] state in
                switch state {
                case .active: run(job, for: client)
                case .cancelled: job.refuse()
                }
            }
            return try await answer.wait(cancelled: .failure(CancellationError())).get()
        case .waiting(let ticket, let displaced):
            displaced?.refuse()
            let result = await answer.wait(cancelled: .failure(CancellationError()))
            // Nobody wants to know any more, if it is still there.
            state.withLock { _ = $0.queue.remove(ticket) }
            return try result.get()
        }
    }

    private func admit(_ job: Job, for client: ClientAddress) -> Start {
        state.withLock { state in
            guard !state.isStopped else { return .refused }
            if state.running < threadCount, mayStart(client, beside: state.runningByClient) {
                state.start(client)
                state.running += 1
                return .now
            }
            switch state.queue.append(job, for: client) {
            case .queued(let ticket): return .waiting(ticket, displacing: nil)
            case .queuedInsteadOf(let other, let ticket): return .waiting(ticket, displacing: other)
            case .full: return .refused
            }
        }
    }

    private func mayStart(_ client: ClientAddress, beside running: [ClientAddress: Int]) -> Bool {
        running[client, default: 0] < perClientMax
    }

    /// Works on this thread for as long as anything waits that may have its turn.
    ///
    /// What may not, waits for a thread that is at work for the same client, and has its turn then.
    private func run(_ first: Job, for client: ClientAddress) {
        // Of this thread alone, though POSIX would have it be the process.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        var next: (client: ClientAddress, job: Job)? = (client, first)
        while let (client, job) = next {
            job.run()
            next = state.withLock { state in
                state.end(client)
                let running = state.runningByClient
                let next = state.queue.next { mayStart($0, beside: running) }
                if let (client, _) = next { state.start(client) } else { state.running -= 1 }
                return next
            }
        }
    }

    private func stop() {
        var left: [Job] = []
        state.withLock { state in
            state.isStopped = true
            while let (_, job) = state.queue.next() { left.append(job) }
        }
        for job in left { job.refuse() }
    }
}
