/// The table of all settings, as Markdown that is readable as it is.
enum SettingsTable {
    static var text: String {
        let header = ["setting", "environment", "what", "allowed", "default"]
        let rows = Settings.all.map { setting in
            [
                names(setting, \.name), names(setting, \.environmentVariable), setting.summary,
                setting.allowed, setting.fallback ?? "**required**",
            ]
        }
        let lines = [header, header.map { _ in "---" }] + rows
        return lines.map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
    }

    /// What a setting is called, and the file that may hold it.
    private static func names(
        _ setting: SettingDescription, _ name: (SettingDescription) -> String
    ) -> String {
        "`\(name(setting))`" + (setting.file.map { ", `\(name($0))`" } ?? "")
    }
}
