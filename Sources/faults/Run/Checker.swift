import BookingCheck
import ChildProcesses
import Foundation

/// `boxoffice check`, which reads a run's folder and the tables and judges.
struct Checker: Sendable {
    /// The program `boxoffice`.
    let program: String
    let settings: [String: String]
    /// How long after its time a hold may lapse.
    let expiryMax: Duration

    /// Judges the run in `folder`; what the checker says is kept there, for machines and for people.
    func judge(_ folder: URL) async throws -> RunResult.Verdict {
        let log = folder.appending(path: "check.log")
        let json = folder.appending(path: "check.json")
        let process = try RunningProcess(
            "check",
            arguments: [
                program, "check", "--json", "--expire-within", "\(expiryMax / .seconds(1))",
                folder.path,
            ],
            environment: Services.toolEnvironment.merging(settings) { _, new in new },
            log: log, output: json)
        do {
            let ending = try await process.waitForEnd(within: FaultLimits.checkMax)
            guard
                let report = try? JSONDecoder().decode(
                    CheckReport.self, from: Data(contentsOf: json))
            else { return .failed("\(ending): \(process.lastLines(30))") }
            try report.text.write(to: log, atomically: true, encoding: .utf8)
            return verdict(report)
        } catch {
            await process.end()
            throw error
        }
    }

    private func verdict(_ report: CheckReport) -> RunResult.Verdict {
        switch report.verdict {
        case .clean: .clean
        case .violated: .violated(report.rulings.filter { !$0.holds }.map(\.rule))
        case .void: .void(report.missing)
        }
    }
}
