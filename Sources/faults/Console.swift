import Foundation

/// Where the drill tells what it does, line by line, as it happens.
struct Console: Sendable {
    private let start = ContinuousClock.now

    /// A line with the seconds since the beginning in front of it.
    func tell(_ line: String) {
        let seconds = start.duration(to: .now) / .milliseconds(1) / 1000
        say(String(format: "%7.1f  %@", seconds, line))
    }

    func say(_ text: String) {
        FileHandle.standardOutput.write(Data("\(text)\n".utf8))
    }
}
