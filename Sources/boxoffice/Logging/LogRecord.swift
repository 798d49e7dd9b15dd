import Logging

/// One thing to log, with everything a line is made of.
struct LogRecord: Sendable {
    let time: LogTime
    let level: Logger.Level
    /// The label of the logger: which part of the program speaks.
    let label: String
    let message: String
    let metadata: Logger.Metadata
}

extension LogRecord {
    /// The line in `format`, with its end.
    func line(_ format: LogFormat, inColor: Bool) -> String {
        switch format {
        case .text: textLine(inColor: inColor)
        case .json: jsonLine
        }
    }
}
