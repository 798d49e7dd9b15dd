import BookingDomain
import BookingStore
import Logging
import Synchronization

/// Keeps ``RevokedSessions`` up with the directory database: reads what is new each second, and at once when the
/// database says that there is something.
///
/// While the database does not answer, sessions are as good as they were: signing out has to wait.
final class RevocationFollower: Sendable {
    /// How often it reads.
    static let interval = Duration.seconds(1)
    /// How old the last reading may be before the instance says so.
    static let delayMax = Duration.seconds(5)
    /// How often what has expired is forgotten here, and deleted there.
    static let sweepInterval = Duration.seconds(60)

    private let store: any SessionStore
    private let revoked: RevokedSessions
    private let now: @Sendable () -> Instant
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        var mark: RevocationMark?
        var lastRead: ContinuousClock.Instant?
        var lastSwept = ContinuousClock.now
        let start = ContinuousClock.now
        var isFailing = false
    }

    init(
        store: any SessionStore, revoked: RevokedSessions, now: @escaping @Sendable () -> Instant,
        logger: Logger
    ) {
        self.store = store
        self.revoked = revoked
        self.now = now
        self.logger = logger
        state = Mutex(State())
    }

    /// Follows until the task is cancelled.
    func run() async {
        let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { group in
            group.addTask { [self] in
                for await _ in wakes { await read() }
            }
            group.addTask {
                while !Task.isCancelled {
                    wake.yield()
                    try? await Task.sleep(for: Self.interval)
                }
                wake.finish()
            }
            group.addTask { [store] in
                while !Task.isCancelled {
                    // Without it there is the reading of each second.
                    try? await store.listen { wake.yield() }
                    try? await Task.sleep(for: Self.interval)
                }
            }
        }
    }

    /// For how long nothing could be read, if that is too long.
    func delay(at now: ContinuousClock.Instant) -> Duration? {
        let last = state.withLock { $0.lastRead ?? $0.start }
        return now - last > Self.delayMax ? now - last : nil
    }

    /// Reads what is new.
    func read() async {
        do {
            let mark = try await store.revocations(since: state.withLock { $0.mark }) {
                revoked.take($0)
            }
            let isBack = state.withLock { state in
                defer { state.isFailing = false }
                state.mark = mark
                state.lastRead = .now
                return state.isFailing
            }
            if isBack { logger.notice("it is known again which sessions were ended") }
            await sweep()
        } catch {
            let isNews = state.withLock { state in
                defer { state.isFailing = true }
                // Another server may count its transactions otherwise.
                state.mark = nil
                return !state.isFailing
            }
            guard isNews, !Task.isCancelled else { return }
            logger.warning(
                "it cannot be read which sessions were ended; they go on",
                metadata: ["error": "\(error)"])
        }
    }

    private func sweep() async {
        let isTime = state.withLock { state in
            guard ContinuousClock.now - state.lastSwept >= Self.sweepInterval else { return false }
            state.lastSwept = .now
            return true
        }
        guard isTime else { return }
        revoked.forgetExpired(at: now())
        if revoked.dropped > 0 {
            logger.error(
                "there was no room for some ended sessions, which go on",
                metadata: ["sessions": "\(revoked.dropped)"])
        }
        // What is not deleted now is deleted in a minute, by this instance or another.
        try? await store.deleteExpired()
    }
}
