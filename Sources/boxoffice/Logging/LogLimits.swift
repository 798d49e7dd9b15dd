/// How much may be logged.
struct LogLimits: Sendable {
    /// So many lines with the same sentence are written as they come; what follows is counted.
    var linesPerSentence = 10
    /// How long lines with the same sentence are counted before it is told how many there were.
    ///
    /// While they go on coming, it doubles each time, up to the longest.
    var window = Duration.seconds(10)
    var windowMax = Duration.seconds(320)
    /// The most sentences that are counted at a time; the program has fewer.
    var sentencesMax = 500
    /// What may be written in a second, on the average, whatever it is; and at once.
    var bytesPerSecond = 262_144
    var bytesAtOnce = 1_048_576

    static let standard = LogLimits()
}
