import ArgumentParser

/// `boxoffice settings`: the table of all settings.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Print all settings, with their environment variables and defaults.",
        discussion: """
            The table is Markdown. The name of a setting with '--' before it is the flag, and \
            without it the name in the settings file, which '--config' or \
            \(Settings.fileVariable) names. A settings file looks like this:

              { "http-port": 8080, "log-format": "json", "shard-urls": ["postgresql://…"] }

            A flag counts more than an environment variable, and that more than the file.
            """)

    func run() {
        print(SettingsTable.text)
    }
}
