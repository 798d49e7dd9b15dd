import Hummingbird
import Logging
import Metrics
import Synchronization

/// Counts and logs what connections refuse by themselves.
///
/// Anybody can cause refusals at any rate, so the log has at most one line a cause and ``interval``, which tells
/// how many there were since the last.
final class RefusalNotes: Sendable {
    /// The least time between two lines of the same cause.
    static let interval = Duration.seconds(60)

    private struct Folded {
        var nextLine: ContinuousClock.Instant
        var count = 0
    }

    private let counters: [String: Counter]
    private let folded = Mutex<[String: Folded]>([:])
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
        let causes =
            HTTPRefusal.allCases.map(\.rawValue) + ConnectionRefusal.allCases.map(\.rawValue)
        counters = Dictionary(
            uniqueKeysWithValues: causes.map { cause in
                let counter = Counter(
                    label: "boxoffice_http_refusals_total", dimensions: [("cause", cause)])
                return (cause, counter)
            })
    }

    /// Notes a request that is refused; gives the number under which it can be found.
    func note(_ refusal: HTTPRefusal) -> String { note(refusal.rawValue) }

    /// Notes a connection that is refused; gives the number under which it can be found.
    func note(_ refusal: ConnectionRefusal) -> String { note(refusal.rawValue) }

    private func note(_ cause: String) -> String {
        counters[cause]?.increment()
        let number = "\(RequestID())"
        if let count = lineCount(cause, at: .now) {
            logger.info(
                "refused what came over a connection",
                metadata: [
                    IngressContext.requestIDKey: "\(number)", "cause": "\(cause)",
                    "count": "\(count)",
                ])
        }
        return number
    }

    /// How many refusals a line is to tell of; `nil` when it is too early for one.
    func lineCount(_ cause: String, at now: ContinuousClock.Instant) -> Int? {
        folded.withLock { folded in
            var known = folded[cause] ?? Folded(nextLine: now)
            known.count += 1
            guard now >= known.nextLine else {
                folded[cause] = known
                return nil
            }
            folded[cause] = Folded(nextLine: now + Self.interval)
            return known.count
        }
    }
}
