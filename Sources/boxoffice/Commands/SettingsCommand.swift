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

            A secret may stand in a file of its own, which '--secret-file' and its like name: what \
            stands in flags and variables, other programs of the same user can read. The file must \
            not be readable by everybody, unless it belongs to another user.
            """)

    @Flag(help: "Print the environment variables of all settings that hold no secret, one a line.")
    var harmless = false

    func run() {
        guard !harmless else {
            for setting in Settings.all where !setting.isSecret {
                print(setting.environmentVariable)
            }
            return
        }
        print(SettingsTable.text)
    }
}
