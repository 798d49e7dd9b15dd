/// Reads the settings of one command, once, and gathers every problem on the way.
struct SettingReading {
    private let sources: SettingSources
    private(set) var problems: [SettingsProblem]
    /// What is no obstacle, but should be mended; for the log.
    private(set) var warnings: [String] = []
    private let command: String

    /// Finds the file and starts to read.
    ///
    /// - Parameters:
    ///   - command: The command that is to run, for the message when it cannot.
    ///   - line: What the command line says.
    ///   - environment: All environment variables.
    init(command: String, line: SettingsLine, environment: [String: String]) {
        self.command = command
        var problems = line.problems
        let path = line.file ?? environment[Settings.fileVariable]
        let file = path.flatMap { SettingsFile.read($0, problems: &problems) }
        self.problems = problems
        if let file, file.holdsSecrets, SecretFile.isExposed(file.path) {
            warnings.append(
                "everybody may read the settings file \(file.path), which holds secrets; "
                    + "'chmod 600' keeps others out")
        }
        sources = SettingSources(flags: line.values, environment: environment, file: file)
    }

    /// The value of a setting, or its default; `nil` when it is missing or bad, which is noted.
    mutating func value<Value>(of setting: Setting<Value>) -> Value? {
        guard let found = find(setting.description) else {
            let fallback = setting.fallback()
            if fallback == nil, !mayBeWritten(setting.description) {
                problems.append(.missing(setting.description))
            }
            return fallback
        }
        do throws(SettingRefusal) {
            return try setting.parse(found.text)
        } catch {
            problems.append(
                .badValue(
                    setting.description, origin: found.origin,
                    text: setting.description.isSecret ? nil : found.text, reason: error.reason))
            return nil
        }
    }

    /// What is written for a setting, or in the file that is named for it.
    private mutating func find(_ setting: SettingDescription) -> SettingSources.Found? {
        let written = sources.find(setting)
        guard let file = setting.file, let named = sources.find(file) else { return written }
        guard written == nil else {
            refuse([setting, file], "only one of them may be set")
            return nil
        }
        do throws(SettingRefusal) {
            return SettingSources.Found(text: try SecretFile.read(named.text), origin: named.origin)
        } catch {
            problems.append(
                .badValue(file, origin: named.origin, text: named.text, reason: error.reason))
            return nil
        }
    }

    /// Notes that a setting is missing, for which others might do.
    mutating func needs(_ setting: SettingDescription) {
        if !mayBeWritten(setting) { problems.append(.missing(setting)) }
    }

    /// Notes that settings contradict each other.
    mutating func refuse(_ settings: [SettingDescription], _ reason: String) {
        problems.append(.contradiction(settings, reason: reason))
    }

    /// What to throw when a setting could not be read.
    var error: SettingsError { SettingsError(problems: problems, command: command) }

    /// Throws when anything at all was wrong; call it when everything has been read.
    func finish() throws(SettingsError) {
        if !problems.isEmpty { throw error }
    }

    /// Whether the setting may be written where something else is wrong, and so is not missing.
    private func mayBeWritten(_ setting: SettingDescription) -> Bool {
        problems.contains { problem in
            switch problem {
            case .badValue(let bad, _, _, _): bad == setting || bad == setting.file
            case .contradiction(let settings, _): settings.contains(setting)
            case .unreadableFile: true
            case .missing, .unknownKey, .unknownFlag, .unexpectedArgument: false
            }
        }
    }
}

/// What a command line says about settings.
struct SettingsLine: Hashable, Sendable {
    /// The values of the flags given, by the names of their settings.
    var values: [String: String] = [:]
    /// The settings file that `--config` names.
    var file: String?
    /// Flags and arguments that do not exist.
    var problems: [SettingsProblem] = []
}
