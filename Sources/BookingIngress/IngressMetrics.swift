import BookingBroker
import BookingDomain
import HTTPTypes
import Metrics
import Synchronization

/// What the ingress counts and times, through swift-metrics; every label has few values.
final class IngressMetrics: Sendable {
    /// What a look-up in the event catalog came to.
    enum CatalogLookUp: String, CaseIterable { case hit, stale, absent, miss }

    private struct Answered: Hashable {
        let route: String
        let method: String
        let status: Int
    }

    private struct AnsweredMeters {
        let count: Counter
        let seconds: Timer
    }

    private let answered = Mutex<[Answered: AnsweredMeters]>([:])
    private let accepted = Counter(label: "boxoffice_bookings_accepted_total")
    private let lookUps: [CatalogLookUp: Counter]
    private let pageLookUps: [CatalogLookUp: Counter]
    private let loadsSucceeded = Counter(
        label: "boxoffice_catalog_loads_total", dimensions: [("result", "succeeded")])
    private let loadsFailed = Counter(
        label: "boxoffice_catalog_loads_total", dimensions: [("result", "failed")])
    private let batchCommands = Recorder(label: "boxoffice_publish_batch_commands")
    private let publishSeconds = Timer(label: "boxoffice_publish_seconds")
    private let outcomes = Counter(label: "boxoffice_outcomes_received_total")
    private let unknownOutcomes = Counter(label: "boxoffice_outcomes_unknown_total")
    private let gaps = Counter(label: "boxoffice_outcome_gaps_total")
    private let recovered = Counter(label: "boxoffice_outcomes_recovered_total")
    private let waiters = Gauge(label: "boxoffice_booking_waiters")

    init() {
        lookUps = Dictionary(
            uniqueKeysWithValues: CatalogLookUp.allCases.map { result in
                let counter = Counter(
                    label: "boxoffice_catalog_lookups_total",
                    dimensions: [("result", result.rawValue)])
                return (result, counter)
            })
        pageLookUps = Dictionary(
            uniqueKeysWithValues: [CatalogLookUp.hit, .miss].map { result in
                let counter = Counter(
                    label: "boxoffice_event_page_lookups_total",
                    dimensions: [("result", result.rawValue)])
                return (result, counter)
            })
    }

    /// A request was answered; `route` is the pattern, never the path.
    func answered(
        _ route: String, _ method: HTTPRequest.Method, _ status: Int, in duration: Duration
    ) {
        let key = Answered(route: route, method: Self.label(of: method), status: status)
        let meters = answered.withLock { known in
            if let meters = known[key] { return meters }
            let meters = AnsweredMeters(
                count: Counter(
                    label: "boxoffice_http_requests_total",
                    dimensions: [
                        ("route", route), ("method", key.method), ("status", String(status)),
                    ]),
                seconds: Timer(
                    label: "boxoffice_http_request_seconds",
                    dimensions: [("route", route), ("method", key.method)]))
            known[key] = meters
            return meters
        }
        meters.count.increment()
        meters.seconds.record(duration: duration)
    }

    /// A booking's command is safe with the broker.
    func acceptedBooking() { accepted.increment() }

    /// A booking was not taken, for this reason; one of a few words.
    func refusedBooking(_ reason: String) {
        Counter(label: "boxoffice_bookings_refused_total", dimensions: [("reason", reason)])
            .increment()
    }

    /// A command to change a booking is safe with the broker.
    func acceptedChange(_ kind: CommandKind) {
        Counter(label: "boxoffice_changes_accepted_total", dimensions: [("kind", kind.rawValue)])
            .increment()
    }

    /// A booking was not changed, for this reason; one of a few words.
    func refusedChange(_ reason: String) {
        Counter(label: "boxoffice_changes_refused_total", dimensions: [("reason", reason)])
            .increment()
    }

    func published(_ commands: Int, in duration: Duration) {
        batchCommands.record(commands)
        publishSeconds.record(duration: duration)
    }

    func publishFailed(_ code: BrokerError.Code) {
        Counter(label: "boxoffice_publish_failures_total", dimensions: [("code", code.rawValue)])
            .increment()
    }

    /// A message with outcomes showed that others were not heard.
    func missedOutcomes() { gaps.increment() }

    /// So many outcomes that were waited for were found in the databases, and had not been heard.
    func recoveredOutcomes(_ count: Int) { recovered.increment(by: count) }

    /// So many outcomes were heard in words that this program does not know.
    func heardUnknown(_ bookings: Int) { unknownOutcomes.increment(by: bookings) }

    func heard(_ bookings: Int) { outcomes.increment(by: bookings) }

    func waiting(_ count: Int) { waiters.record(count) }

    func lookedUpEvent(_ result: CatalogLookUp) { lookUps[result]?.increment() }

    func lookedUpPage(_ result: CatalogLookUp) { pageLookUps[result]?.increment() }

    func loadedEvent(succeeded: Bool) {
        (succeeded ? loadsSucceeded : loadsFailed).increment()
    }

    private static func label(of method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .patch, .delete, .options: method.rawValue
        default: "other"
        }
    }
}
