import BookingHistory
import Foundation

/// Versions of the program that take each other's place under load.
extension Scene {
    /// How long a worker has its share of the shards before the next is replaced.
    private static let settling = Duration.seconds(3)

    /// Replaces one ingress after the other, each when no request is sent to it any more, as behind a balancer.
    func replaceIngresses(by version: Version) async throws -> String {
        for number in 1...Program.ingressCount {
            try await shopper.balancer.takeOut(number - 1)
            do { try await fleet.replace(.ingress(number), by: version) } catch {
                shopper.balancer.putBack()
                throw error
            }
            shopper.balancer.putBack()
        }
        return "\(Program.ingressCount) ingresses of \(version.words)"
    }

    func replaceWorkers(by version: Version) async throws -> String {
        for number in 1...fleet.plan.workers {
            try await fleet.replace(.worker(number), by: version)
            try await Task.sleep(for: Self.settling)
        }
        return "\(fleet.plan.workers) workers of \(version.words)"
    }
}

/// What went wrong in a run in which nothing should have: versions were changed, and nobody was hurt.
struct UpgradeVerdict: Sendable {
    let totals: MetricTotals
    let takeovers: Int
    let troubles: [String: Int]
    /// Programs that had nothing to do in one of their lives.
    let idle: [String]
    /// The folder of the programs' logs.
    let folder: URL

    /// The most lines of logs that are shown.
    private static let linesMax = 5

    var incidents: [String] {
        var incidents = troubles.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
        for (counter, words) in [
            ("boxoffice_dead_letters_total", "dead letters"),
            ("boxoffice_parkings_total", "events parked"),
            ("boxoffice_refused_batches_total", "batches refused"),
            ("boxoffice_outcomes_unknown_total", "outcomes not known"),
        ] where totals[counter] > 0 {
            incidents.append("\(totals[counter]) \(words)")
        }
        if takeovers > 0 { incidents.append("\(takeovers) shards taken over, not handed over") }
        incidents += idle.map { "\($0) did nothing, which proves nothing" }
        let lines = errors
        incidents += lines.prefix(Self.linesMax)
        if lines.count > Self.linesMax {
            incidents.append("and \(lines.count - Self.linesMax) more lines of errors in the logs")
        }
        return incidents
    }

    /// What the programs logged as errors.
    private var errors: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".log") && $0 != "check.log" }.sorted().flatMap { name in
            let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
            return (text ?? "").split(separator: "\n")
                .filter { $0.contains(" ERROR ") || $0.contains(" CRITICAL ") }
                .map { "\(name): \($0)" }
        }
    }
}
