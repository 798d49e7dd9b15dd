import FoundationEssentials
import Logging

/// Reads the settings of a command from where they are written, and starts the log.
enum CommandLineSettings {
    static func read<Settings>(
        command: String, line: SettingsLine, log: (Settings) -> LogSettings,
        _ make: (inout SettingReading) throws(SettingsError) -> Settings
    ) throws(SettingsError) -> Settings {
        let environment = ProcessInfo.processInfo.environment
        var reading = SettingReading(command: command, line: line, environment: environment)
        let warnings = UnknownVariables.warnings(in: environment) + reading.warnings
        do throws(SettingsError) {
            let settings = try make(&reading)
            log(settings).bootstrap(environment: environment)
            let logger = Logger(label: "boxoffice.settings")
            for warning in warnings { logger.warning("\(warning)") }
            return settings
        } catch {
            // The log is not there yet.
            for warning in warnings {
                DescriptorOutput.standardError.write("boxoffice: warning: \(warning)\n")
            }
            throw error
        }
    }
}
