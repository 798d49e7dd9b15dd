import ArgumentParser
import BookingBroker

extension DeadCommand {
    /// `boxoffice dead discard`: letters gone for ever.
    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "discard", abstract: "Throw dead letters away for ever.",
            discussion: """
                The letters cannot be had back; 'boxoffice dead show --json' keeps a copy. Bookings \
                whose commands go this way without an outcome stay pending.

                Examples:
                  boxoffice dead discard 1 --yes
                  boxoffice dead discard --all --yes

                \(ExitStatus.help)
                """)

        @OptionGroup var target: LetterTarget

        @Flag(help: "Really do it.")
        var yes = false

        @OptionGroup(title: "Settings") var dead: DeadFlags

        func validate() throws {
            guard yes else {
                throw ValidationError("What is discarded is gone for ever: say --yes as well.")
            }
        }

        func run() async throws {
            let output = DescriptorOutput.standardOutput
            var count = 0
            try await dead.withLetters(for: "discard") { letters in
                try await letters.discard(target.choice) { letter in
                    count += 1
                    output.say("\(letter.id): discarded")
                }
            }
            guard count > 0 else { return try target.tellMissing() }
            output.say("\(count) discarded.")
        }
    }
}
