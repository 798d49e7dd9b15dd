/// The shortest way to a broken promise.
package struct Counterexample: Sendable, CustomStringConvertible {
    package internal(set) var steps: [(step: Step, places: CommandPlaces)] = []
    /// What the commands ask for, when that matters.
    let requests: [Request]
    package let violation: Violation

    package var description: String {
        var lines: [String] = []
        if !requests.isEmpty {
            let asked = requests.enumerated().map { "c\($0.offset + 1) is \($0.element)" }
            lines.append("        " + asked.joined(separator: ", "))
        }
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
    /// The time, when holds have one.
    private var clock: UInt8?
    private var bookings = Bookings()

    init() {}

    init(_ state: ProtocolState, in scenario: Scenario) {
        if scenario.hasHolds { clock = state.clock }
        bookings = state.database.bookings
        returned = Array(state.queue.returned)
        ready = Array(state.queue.ready)
        held = (0..<ProtocolState.workersMax).map { Array(state.queue[$0].inHand) }
        decided = state.database.decided
    }

    package var description: String {
        var parts: [String] = []
        if !returned.isEmpty { parts.append("returned: \(text(returned))") }
        if !ready.isEmpty { parts.append("ready: \(text(ready))") }
        for (worker, messages) in held.enumerated() where !messages.isEmpty {
            parts.append("\(["A", "B", "C"][worker]) holds: \(text(messages))")
        }
        if !decided.isEmpty { parts.append("decided: \(decided)") }
        if let clock { parts += times(clock) }
        return parts.isEmpty ? "nothing is anywhere" : parts.joined(separator: " | ")
    }

    /// Messages with commas between them.
    private func text(_ messages: [Message]) -> String {
        messages.map { message in
            if clock != nil, let time = message.tickTime { return "tick of \(time)" }
            return "\(CommandSet(in: message))"
        }.joined(separator: ", ")
    }

    private func times(_ clock: UInt8) -> [String] {
        let standings = (0..<Bookings.countMax).compactMap { index -> String? in
            let booking = bookings[index]
            guard booking.status != .none else { return nil }
            let until = booking.status == .held ? " until \(booking.expiresAt)" : ""
            return "\(Bookings.names[index]) is \(booking.status)\(until)"
        }
        return standings + ["it is \(clock)"]
    }
}
