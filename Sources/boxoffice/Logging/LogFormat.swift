/// How a log line is written.
enum LogFormat: String, CaseIterable, Sendable {
    /// For people: time, level, sentence, then `key=value`.
    case text
    /// For machines: one JSON object per line.
    case json
}
