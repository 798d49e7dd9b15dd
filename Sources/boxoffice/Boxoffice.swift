import ArgumentParser

/// The program: everything Boxoffice does on a server, one subcommand each.
@main
struct Boxoffice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boxoffice",
        abstract: "Books tickets for events where everybody comes at once.",
        discussion: """
            A running Boxoffice is one or more ingress processes ('serve'), one or more workers \
            ('work', or 'scale' for as many as are needed), a RabbitMQ broker and Postgres \
            databases, which 'migrate' prepares.

            Every setting may be given as a flag, as an environment variable or in a file of JSON, \
            in this order of precedence. 'boxoffice settings' lists them all.

            \(ExitStatus.help)
            """,
        version: ProgramVersion.text,
        subcommands: [
            ServeCommand.self, WorkCommand.self, ScaleCommand.self, MigrateCommand.self,
            ShardsCommand.self, DeadCommand.self, PauseCommand.self, ResumeCommand.self,
            DrillCommand.self, LoadCommand.self, CheckCommand.self, SettingsCommand.self,
        ])

    static func main() async {
        Backtraces.switchOff()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            ExitStatus.end(with: error)
        }
    }
}
