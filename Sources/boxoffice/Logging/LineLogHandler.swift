import Logging

/// A swift-log handler that writes one line for each event, as text or JSON, unless its gate keeps it back.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let format: LogFormat
    private let inColor: Bool
    private let output: any LogOutput
    private let gate: LogGate?
    private let now: @Sendable () -> LogTime

    init(
        label: String, level: Logger.Level, format: LogFormat, inColor: Bool,
        output: any LogOutput, gate: LogGate? = nil,
        metadataProvider: Logger.MetadataProvider? = nil,
        now: @escaping @Sendable () -> LogTime = LogTime.now
    ) {
        self.label = label
        logLevel = level
        self.format = format
        self.inColor = inColor
        self.output = output
        self.gate = gate
        self.metadataProvider = metadataProvider
        self.now = now
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let sentence = event.message.description
        if let gate, !gate.admits(event.level, sentence, from: label) { return }
        var metadata = metadata
        // What is nearest to the event counts: the call before the task, the task before the logger.
        metadata.merge(metadataProvider?.get() ?? [:]) { $1 }
        metadata.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error {
            metadata["error"] = "\(error)"
            metadata["error.type"] = "\(String(reflecting: type(of: error)))"
        }
        let record = LogRecord(
            time: now(), level: event.level, label: label, message: sentence,
            metadata: metadata)
        if let gate {
            gate.write(record)
        } else {
            output.write(record.line(format, inColor: inColor))
        }
    }
}
