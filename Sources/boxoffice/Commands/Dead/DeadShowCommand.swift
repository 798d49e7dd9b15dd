import ArgumentParser
import BookingBroker
import JSON

extension DeadCommand {
    /// `boxoffice dead show`: one letter, with its body.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show one dead letter with its body.",
            discussion: """
                Examples:
                  boxoffice dead show 1
                  boxoffice dead show xcbf29ce484222325 --json

                \(ExitStatus.help)
                """)

        @Argument(help: LetterChoice.help, transform: LetterChoice.parse)
        var letter: LetterChoice

        @Flag(help: "Write JSON instead of text.")
        var json = false

        @OptionGroup(title: "Settings") var dead: DeadFlags

        func run() async throws {
            let found = try await dead.withLetters(for: "show") { letters in
                try await letters.letter(letter)
            }
            guard let found else { throw letter.isMissing }
            DescriptorOutput.standardOutput.say(
                json ? String(decoding: found.jsonWithBody.rendered, as: UTF8.self) : found.text)
        }
    }
}
