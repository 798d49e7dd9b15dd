import ArgumentParser

/// `boxoffice resume`: lets bookings that waited be decided.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on deciding the bookings of a paused event or shard.",
        discussion: """
            What has waited is decided in the order in which it was accepted. Resuming what is not \
            paused changes nothing.

            Examples:
              boxoffice resume --event 0197e6f2-4c00-7001-8000-5f0c9d3b2a10
              boxoffice resume --shard 2

            \(ExitStatus.help)
            """)

    @OptionGroup var target: PauseTarget
    @OptionGroup(title: "Settings") var shards: ShardFlags
    @OptionGroup(title: "Settings") var common: CommonFlags

    func run() async throws {
        let settings = try CommandLineSettings.read(
            command: "resume", line: common.line(with: shards.given), log: \.log,
            PauseSettings.init)
        let isChanged = try await target.set(paused: false, settings)
        DescriptorOutput.standardOutput.say(
            isChanged
                ? "\(target) goes on; what has waited is decided in order."
                : "\(target) was not paused.")
    }
}
