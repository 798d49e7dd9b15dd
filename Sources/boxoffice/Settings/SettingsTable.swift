/// The table of all settings, as Markdown that is readable as it is.
enum SettingsTable {
    static var text: String {
        let header = ["setting", "environment", "what", "allowed", "default"]
        let rows = Settings.all.map { setting in
            [
                "`\(setting.name)`", "`\(setting.environmentVariable)`", setting.summary,
                setting.allowed, setting.fallback ?? "**required**",
            ]
        }
        let lines = [header, header.map { _ in "---" }] + rows
        return lines.map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
    }
}
