/// One thing that is wrong with the settings.
enum SettingsProblem: Hashable, Sendable {
    /// `text` is what was written, or `nil` when it must not be shown.
    case badValue(SettingDescription, origin: SettingOrigin, text: String?, reason: String)
    case missing(SettingDescription)
    /// Each may be so, but not all of them together.
    case contradiction([SettingDescription], reason: String)
    case unreadableFile(String, reason: String)
    case unknownKey(String, path: String)
    case unknownFlag(String, known: [String])
    case unexpectedArgument(String)

    /// Whether the command line itself is wrong, and not the value of a setting.
    var isUsage: Bool {
        switch self {
        case .unknownFlag, .unexpectedArgument: true
        case .badValue, .missing, .contradiction, .unreadableFile, .unknownKey: false
        }
    }
}

extension SettingsProblem: CustomStringConvertible {
    /// The setting, where the bad value came from, what is wrong and what is allowed.
    var description: String {
        switch self {
        case .badValue(let setting, let origin, let text, let reason):
            let shown = text.map { "\"\($0.prefix(Self.shownMax))\"" } ?? "the value"
            return "\(setting.name) (\(origin)): \(shown) \(reason); "
                + "allowed: \(setting.allowed)"
        case .missing(let setting):
            return "\(setting.name): missing; set \(setting.flag), "
                + "\(setting.environmentVariable) or \"\(setting.name)\" in the settings file"
                + (setting.file.map { ", or \($0.flag)" } ?? "") + "; "
                + "allowed: \(setting.allowed)"
        case .contradiction(let settings, let reason):
            return "\(settings.map(\.name).joined(separator: ", ")): \(reason)"
        case .unreadableFile(let path, let reason):
            return "config (file \(path)): \(reason)"
        case .unknownKey(let key, let path):
            return "\(key.prefix(Self.shownMax)) (file \(path)): there is no such setting"
                + Suggestion.text(for: key, among: Settings.written.map(\.name))
        case .unknownFlag(let flag, let known):
            return "\(flag.prefix(Self.shownMax)): there is no such flag"
                + Suggestion.text(for: flag, among: known)
        case .unexpectedArgument(let argument):
            return "\(argument.prefix(Self.shownMax)): an argument that nothing expects"
        }
    }

    /// How much of a foreign text is repeated.
    private static let shownMax = 60
}

/// Everything that is wrong with the settings; the program does not start.
struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    let problems: [SettingsProblem]
    /// The command whose help tells more.
    let command: String

    var exitStatus: ExitStatus {
        problems.contains(where: \.isUsage) ? .usage : .configuration
    }

    var description: String {
        let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        let lines = problems.map { "  - \($0)" }
        return
            (["the settings cannot be used, \(count):"] + lines + [
                "See 'boxoffice \(command) --help', and 'boxoffice settings' for all settings."
            ]).joined(separator: "\n")
    }
}
