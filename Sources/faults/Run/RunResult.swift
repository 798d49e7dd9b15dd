import BookingCheck
import BookingHistory

/// What came of a run.
struct RunResult: Sendable {
    /// What the checker says.
    enum Verdict: Sendable {
        case clean
        /// With the rules that do not hold.
        case violated([Rule])
        /// Nothing is wrong, but the run did not see what it was made for: this.
        case void([String])
        /// The checker could not do its work.
        case failed(String)
    }

    /// A fault and how long the outcomes of a shard kept still around it, at the longest.
    struct Injury: Sendable {
        let fault: FaultRecord
        let pauseMilliseconds: Int
    }

    let order: RunOrder
    let description: RunDescription
    let verdict: Verdict
    let tally: Recorder.Tally
    let injuries: [Injury]
    /// Bookings a second that were begun while the load lasted.
    let meanRate: Double
    let leftOut: Int
    /// From the first program's start to the verdict.
    let took: Duration
    /// Programs that ended without being told to, and faults that could not be done.
    let incidents: [String]
    let folder: String

    /// Whether all was well: nothing for the checker to find, and nothing else that went wrong.
    var isClean: Bool {
        guard case .clean = verdict else { return false }
        return incidents.isEmpty
    }
}

extension RunResult {
    /// The figures of the run, for people.
    var summary: String {
        let observed = description.observed
        let answers = tally.answers.sorted { $0.value > $1.value }.map { "\($0.value) × \($0.key)" }
        let changes = tally.changeAnswers.sorted { $0.value > $1.value }
            .map { "\($0.value) × \($0.key)" }
        let pauses = Dictionary(grouping: injuries, by: \.fault.name).mapValues { injuries in
            let pauses = injuries.map(\.pauseMilliseconds).sorted()
            return "\(pauses.count) ×, median \(pauses[pauses.count / 2]) ms, "
                + "at most \(pauses[pauses.count - 1]) ms"
        }
        var lines = [
            "requests: \(tally.posts) (\(answers.joined(separator: ", "))), "
                + "\(Int(meanRate.rounded())) bookings/s begun, \(leftOut) left out",
            "changes: \(tally.changes) (\(changes.joined(separator: ", ")))",
            "faults: \(injuries.count), takeovers: \(observed.takeovers), "
                + "redeliveries: \(observed.redeliveries), duplicates: \(observed.duplicates), "
                + "fenced: \(observed.fenced), unknowns: \(tally.unknowns) "
                + "(\(observed.unknownsResolved) resolved), "
                + "refused batches: \(observed.refusedBatches), "
                + "dead letters: \(observed.deadLetters)",
            "longest pause between outcomes of a shard: \(observed.longestPauseMilliseconds) ms, "
                + "by the fault it came with:",
        ]
        lines += pauses.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        return lines.joined(separator: "\n")
    }
}
