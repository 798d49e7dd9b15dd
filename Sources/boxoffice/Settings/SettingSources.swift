import Configuration

/// The places where settings are written, the most specific first: flags, environment, file.
struct SettingSources: Sendable {
    /// What the names of our environment variables begin with.
    static let environmentPrefix = "BOXOFFICE_"

    /// What was found, and where.
    struct Found: Sendable {
        let text: String
        let origin: SettingOrigin
    }

    private struct Layer: Sendable {
        let origin: @Sendable (SettingDescription) -> SettingOrigin
        let provider: any ConfigProvider
    }

    private let layers: [Layer]

    /// - Parameters:
    ///   - flags: The values of the flags given, by the names of their settings.
    ///   - environment: All environment variables, ours among them.
    ///   - file: The settings of the file, when there is one.
    init(flags: [String: String], environment: [String: String], file: SettingsFile?) {
        var layers = [
            Layer(
                origin: { .flag($0.flag) },
                provider: InMemoryProvider(name: "flags", values: Self.values(flags))),
            Layer(
                origin: { .environment($0.environmentVariable) },
                provider: EnvironmentVariablesProvider(
                    environmentVariables: environment, secretsSpecifier: .all)),
        ]
        if let file {
            layers.append(
                Layer(
                    origin: { _ in .file(file.path) },
                    provider: InMemoryProvider(name: "file", values: Self.values(file.values))))
        }
        self.layers = layers
    }

    /// What is written for the setting in the place that counts, or `nil` when nobody wrote anything.
    func find(_ setting: SettingDescription) -> Found? {
        // Everything is read as text and parsed by the setting, so that no provider's own conversion
        // can turn a malformed value into a default.
        for layer in layers {
            let found = try? layer.provider.value(forKey: Self.key(setting.name), type: .string)
            if case .string(let text) = found?.value?.content {
                return Found(text: text, origin: layer.origin(setting))
            }
        }
        return nil
    }

    private static func values(_ texts: [String: String]) -> [AbsoluteConfigKey: ConfigValue] {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, text) in texts {
            values[key(name)] = ConfigValue(.string(text), isSecret: true)
        }
        return values
    }

    /// The environment's spelling of this key is `BOXOFFICE_` and the name in capitals.
    private static func key(_ name: String) -> AbsoluteConfigKey {
        AbsoluteConfigKey(["boxoffice", name])
    }
}

/// Where a setting's text came from.
enum SettingOrigin: Hashable, Sendable, CustomStringConvertible {
    case flag(String)
    case environment(String)
    case file(String)

    var description: String {
        switch self {
        case .flag(let flag): "flag \(flag)"
        case .environment(let variable): "environment variable \(variable)"
        case .file(let path): "file \(path)"
        }
    }
}
