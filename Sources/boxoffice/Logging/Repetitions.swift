import Logging

/// Which lines of a log are written, and which are only counted since there were so many like them.
///
/// Lines are alike when they have the same sentence and level. A sentence is in one of two states:
/// - not in the table: its next line opens a window;
/// - in the table, with a window: the first lines of the window are written, further ones are counted. When
///   the window is over and nothing was counted, the sentence leaves the table. Otherwise it is told how
///   much was counted, and the next window is twice as long and lets no line through.
struct Repetitions {
    typealias Instant = ContinuousClock.Instant

    /// What makes lines alike.
    struct Sentence: Hashable, Sendable {
        let level: Logger.Level
        let text: String
    }

    /// That lines were not written, and how many.
    struct Summary: Hashable, Sendable {
        let sentence: Sentence
        let label: String
        let count: Int
        let window: Duration
    }

    private struct Window {
        let label: String
        let began: Instant
        let length: Duration
        /// How many more lines of it are written.
        var left: Int
        var counted = 0

        var end: Instant { began + length }
    }

    private let limits: LogLimits
    private var windows: [Sentence: Window] = [:]

    init(limits: LogLimits) { self.limits = limits }

    /// How many sentences have a window.
    var count: Int { windows.count }

    /// When the first of the windows is over in which something was counted.
    var nextSummary: Instant? {
        windows.values.lazy.filter { $0.counted > 0 }.map(\.end).min()
    }

    /// Whether a line is to be written.
    mutating func admits(_ sentence: Sentence, from label: String, at now: Instant) -> Bool {
        // Windows without anything to tell need no alarm, and go when their sentence comes again.
        if let window = windows[sentence], window.counted == 0, window.end <= now {
            windows[sentence] = nil
        }
        if var window = windows[sentence] {
            defer { windows[sentence] = window }
            guard window.left <= 0 else {
                window.left -= 1
                return true
            }
            window.counted += 1
            return false
        }
        if windows.count >= limits.sentencesMax {
            windows = windows.filter { $0.value.counted > 0 || $0.value.end > now }
        }
        // With the table full of others it is written; the bound on all lines holds.
        guard windows.count < limits.sentencesMax else { return true }
        windows[sentence] = Window(
            label: label, began: now, length: limits.window, left: limits.linesPerSentence - 1)
        return true
    }

    /// What is to be told of the windows that are over.
    mutating func summaries(at now: Instant) -> [Summary] {
        var summaries: [Summary] = []
        for (sentence, window) in windows where window.end <= now {
            guard window.counted > 0 else {
                windows[sentence] = nil
                continue
            }
            summaries.append(summary(of: sentence, window, until: window.end))
            windows[sentence] = Window(
                label: window.label, began: now, length: min(window.length * 2, limits.windowMax),
                left: 0)
        }
        return summaries
    }

    /// What is to be told when nothing more comes: the program ends.
    mutating func lastSummaries(at now: Instant) -> [Summary] {
        defer { windows = [:] }
        return windows.filter { $0.value.counted > 0 }.map {
            summary(of: $0.key, $0.value, until: min(now, $0.value.end))
        }
    }

    private func summary(
        of sentence: Sentence, _ window: Window, until end: Instant
    ) -> Summary {
        Summary(
            sentence: sentence, label: window.label, count: window.counted,
            window: end - window.began)
    }
}
