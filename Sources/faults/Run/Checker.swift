import ChildProcesses
import Foundation

/// `boxoffice check`, which reads a run's folder and the tables and judges.
struct Checker: Sendable {
    /// The program `boxoffice`.
    let program: String
    let settings: [String: String]

    private static let findings = "FAILED: "

    /// Judges the run in `folder`; what the checker says is kept there.
    func judge(_ folder: URL) async throws -> RunResult.Verdict {
        let log = folder.appending(path: "check.log")
        let process = try RunningProcess(
            "check", arguments: [program, "check", folder.path],
            environment: Services.toolEnvironment.merging(settings) { _, new in new }, log: log)
        do {
            let ending = try await process.waitForEnd(within: FaultLimits.checkMax)
            return verdict(ending, text: try String(contentsOf: log, encoding: .utf8))
        } catch {
            await process.end()
            throw error
        }
    }

    private func verdict(_ ending: RunningProcess.Ending, text: String) -> RunResult.Verdict {
        switch ending {
        case .exited(0): return .clean
        case .exited(1):
            let checks = text.split(separator: "\n").compactMap { line in
                line.firstRange(of: Self.findings).map { String(line[$0.upperBound...]) }
            }
            // With the same status it says that it could not check.
            return checks.isEmpty ? .failed(text) : .violated(checks)
        case .exited(3): return .void
        case .exited, .killed: return .failed("\(ending): \(text.suffix(2000))")
        }
    }
}
