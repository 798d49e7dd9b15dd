/// One thing that can be set: its names, what it means, and how its text becomes a value.
///
/// The text may come from a flag (`--http-port 8080`), an environment variable
/// (`BOXOFFICE_HTTP_PORT`) or the settings file (`"http-port": 8080`), in this order of precedence.
struct Setting<Value: Sendable>: Sendable {
    let description: SettingDescription
    /// Turns the text into a value that cannot be wrong, or says what is wrong with it.
    let parse: @Sendable (String) throws(SettingRefusal) -> Value
    /// The value when nobody sets one.
    let fallback: @Sendable () -> Value?

    /// A setting with a default, which is written as a user would write it.
    init(
        _ name: String, _ summary: String, allowed: String, default text: String,
        parse: @escaping @Sendable (String) throws(SettingRefusal) -> Value
    ) {
        description = SettingDescription(
            name: name, summary: summary, allowed: allowed, fallback: text, isRequired: false,
            isSecret: false)
        self.parse = parse
        fallback = { try? parse(text) }
    }

    /// A setting whose default is found out when the program starts; `text` says how.
    init(
        _ name: String, _ summary: String, allowed: String, computed text: String,
        isSecret: Bool = false, fallback: @escaping @Sendable () -> Value,
        parse: @escaping @Sendable (String) throws(SettingRefusal) -> Value
    ) {
        description = SettingDescription(
            name: name, summary: summary, allowed: allowed, fallback: text, isRequired: false,
            isSecret: isSecret)
        self.parse = parse
        self.fallback = fallback
    }

    /// A setting that must be set; a secret is never printed, wherever it came from.
    init(
        required name: String, _ summary: String, allowed: String, isSecret: Bool,
        parse: @escaping @Sendable (String) throws(SettingRefusal) -> Value
    ) {
        description = SettingDescription(
            name: name, summary: summary, allowed: allowed, fallback: nil, isRequired: true,
            isSecret: isSecret)
        self.parse = parse
        fallback = { nil }
    }
}

/// Everything about a setting but its value.
struct SettingDescription: Hashable, Sendable {
    /// The name in the file, and with `--` before it the flag.
    let name: String
    /// What it is, in a few words.
    let summary: String
    /// What may be written, with the unit.
    let allowed: String
    /// The default in words; `nil` when there is none.
    let fallback: String?
    let isRequired: Bool
    /// Whether its value must never be printed; connection strings hold passwords.
    let isSecret: Bool

    /// The setting that names a file with this one's text; secrets have one.
    var file: SettingDescription? {
        guard isSecret else { return nil }
        return SettingDescription(
            name: "\(name)-file", summary: "A file with \(name) in it.",
            allowed: "the name of a file that others cannot read", fallback: "none",
            isRequired: false, isSecret: false)
    }

    var flag: String { "--\(name)" }

    /// `http-port` is `BOXOFFICE_HTTP_PORT`.
    var environmentVariable: String {
        SettingSources.environmentPrefix + name.uppercased().replacing("-", with: "_")
    }
}

/// Why a text is no value for a setting; says nothing of the text itself.
struct SettingRefusal: Error, Hashable, Sendable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
