import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What of the log is written, and how.
struct LogSettings: Sendable {
    let level: Logger.Level
    let format: LogFormat

    /// What keeps the log of this process small.
    private static let gate = Mutex<LogGate?>(nil)

    /// Makes every logger of the process write to standard error from now on.
    func bootstrap(environment: [String: String]) {
        let output = DescriptorOutput.standardError
        // https://no-color.org
        let inColor = output.isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
        let gate = LogGate(output, format: format, inColor: inColor)
        Self.gate.withLock { $0 = gate }
        atexit { LogSettings.gate.withLock(\.self)?.finish() }
        LoggingSystem.bootstrap(
            { label, provider in
                LineLogHandler(
                    label: label, level: level, format: format, inColor: inColor,
                    output: output, gate: gate, metadataProvider: provider)
            }, metadataProvider: nil)
    }
}

extension LogSettings {
    /// `nil` when a setting could not be read; the reading knows why.
    init?(_ reading: inout SettingReading) {
        let level = reading.value(of: Settings.logLevel)
        let format = reading.value(of: Settings.logFormat)
        guard let level, let format else { return nil }
        self.level = level
        self.format = format
    }
}
