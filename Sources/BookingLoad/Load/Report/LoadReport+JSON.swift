import FoundationEssentials

extension LoadReport {
    /// All of it as a JSON text; durations are in milliseconds.
    package var json: [UInt8] {
        get throws(LoadError) {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            do {
                return Array(try encoder.encode(LoadReportDocument(self)))
            } catch {
                throw LoadError(code: .configuration, detail: "not JSON: \(error)")
            }
        }
    }
}

/// A report as it is written to a file.
private struct LoadReportDocument: Encodable {
    struct Count: Encodable {
        let name: String
        let count: Int
        let withoutRetryAfter: Int?

        init(_ row: CountRow) {
            name = row.name
            count = row.count
            withoutRetryAfter = row.withoutRetryAfter
        }
    }

    let run: String
    let settings: Settings
    let latencies: [Latency]
    let outcomes: [Count]
    let refusals: [Count]
    /// Requests that the limits of accounts or addresses refused (429); if any, they set the rate.
    let limited: Int
    let errors: [Count]
    let lost: Int
    let leftOut: Int
    /// From the beginning of the warm-up to the last outcome.
    let seconds: [Second]

    init(_ report: LoadReport) {
        run = report.run
        settings = Settings(report.configuration)
        latencies = report.latencies.map(Latency.init)
        outcomes = report.outcomeRows.map(Count.init)
        refusals = report.refusalRows.map(Count.init)
        limited = report.limited
        errors = report.faultRows.map(Count.init)
        lost = report.lost
        leftOut = report.leftOut
        seconds = report.seconds.map(Second.init)
    }
}

extension LoadReportDocument {
    struct Settings: Encodable {
        let urls: [String]
        /// Only in the open loop.
        let rate: Double?
        let users: Int
        let durationSeconds: Double
        let warmupSeconds: Double
        let style: String
        let waitSeconds: Int
        let events: Int
        let zipf: Double
        let reads: Double
        let buyers: Int
        let capacity: Int
        let patienceSeconds: Double

        init(_ configuration: LoadConfiguration) {
            rate =
                switch configuration.pace {
                case .closed: nil
                case .open(let rate): rate
                }
            urls = configuration.urls
            users = configuration.users
            durationSeconds = configuration.duration / .seconds(1)
            warmupSeconds = configuration.warmup / .seconds(1)
            style = configuration.style.rawValue
            waitSeconds = configuration.waitSeconds
            events = configuration.events
            zipf = configuration.zipf
            reads = configuration.reads
            buyers = configuration.buyers
            capacity = configuration.capacity
            patienceSeconds = configuration.patience / .seconds(1)
        }
    }

    struct Latency: Encodable {
        struct Point: Encodable {
            let percentile: Double
            let milliseconds: Double
        }

        let kind: String
        let count: Int
        let perSecond: Double
        let minMilliseconds: Double
        let p50Milliseconds: Double
        let p90Milliseconds: Double
        let p99Milliseconds: Double
        let p999Milliseconds: Double
        let maxMilliseconds: Double
        let curve: [Point]

        init(_ report: LatencyReport) {
            kind = report.kind.rawValue
            count = report.count
            perSecond = report.perSecond
            minMilliseconds = report.min / .milliseconds(1)
            p50Milliseconds = report.p50 / .milliseconds(1)
            p90Milliseconds = report.p90 / .milliseconds(1)
            p99Milliseconds = report.p99 / .milliseconds(1)
            p999Milliseconds = report.p999 / .milliseconds(1)
            maxMilliseconds = report.max / .milliseconds(1)
            curve = report.curve.map {
                // So that 55 is not written as 55.00000000000001.
                Point(
                    percentile: ($0.share * 1e10).rounded() / 1e8,
                    milliseconds: $0.latency / .milliseconds(1))
            }
        }
    }

    struct Second: Encodable {
        let outcomes: Int
        let reads: Int
        let refusals: Int
        let errors: Int
        let slowestMilliseconds: Double

        init(_ second: LoadSecond) {
            outcomes = second.outcomes
            reads = second.reads
            refusals = second.refusals
            errors = second.faults
            slowestMilliseconds = second.slowest / .milliseconds(1)
        }
    }
}
