/// The shortest way to a broken promise.
package struct Counterexample: Sendable, CustomStringConvertible {
    package internal(set) var steps: [(step: Step, places: CommandPlaces)] = []
    package let violation: Violation

    package var description: String {
        var lines: [String] = []
        var last = CommandPlaces()
        for (number, (step, places)) in steps.enumerated() {
            lines.append((number < 9 ? " " : "") + "\(number + 1). \(step)")
            if places != last { lines.append("        \(places)") }
            last = places
        }
        return (lines + ["=>  \(violation)"]).joined(separator: "\n")
    }
}

/// Where the commands are: what a reader of a counterexample wants to see.
package struct CommandPlaces: Hashable, Sendable, CustomStringConvertible {
    private var returned: [Message] = []
    private var ready: [Message] = []
    private var held = [[Message]](repeating: [], count: ProtocolState.workersMax)
    private var decided = CommandSet()

    init() {}

    init(_ state: ProtocolState) {
        returned = Array(state.queue.returned)
        ready = Array(state.queue.ready)
        held = (0..<ProtocolState.workersMax).map { Array(state.queue[$0].inHand) }
        decided = state.database.decided
    }

    package var description: String {
        var parts: [String] = []
        if !returned.isEmpty { parts.append("returned: \(Self.text(returned))") }
        if !ready.isEmpty { parts.append("ready: \(Self.text(ready))") }
        for (worker, messages) in held.enumerated() where !messages.isEmpty {
            parts.append("\(["A", "B", "C"][worker]) holds: \(Self.text(messages))")
        }
        if !decided.isEmpty { parts.append("decided: \(decided)") }
        return parts.isEmpty ? "nothing is anywhere" : parts.joined(separator: " | ")
    }

    /// Messages with commas between them.
    private static func text(_ messages: [Message]) -> String {
        messages.map { "\(CommandSet(in: $0))" }.joined(separator: ", ")
    }
}
