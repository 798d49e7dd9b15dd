import ArgumentParser
import BookingBroker
import JSON

extension DeadCommand {
    /// `boxoffice dead list`: all letters, the oldest first.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the dead letters, the oldest first.",
            discussion: """
                Examples:
                  boxoffice dead list
                  boxoffice dead list --limit 1000 --json
                  boxoffice dead list --queue

                \(ExitStatus.help)
                """)

        @Option(help: "How many letters to list at most.")
        var limit = 100

        @Flag(help: "Write JSON instead of a table.")
        var json = false

        @OptionGroup(title: "Settings") var dead: DeadFlags

        func validate() throws {
            guard (1...DeadLetterQueue.lettersMax).contains(limit) else {
                throw ValidationError(
                    "--limit must be from 1 to \(DeadLetterQueue.lettersMax).")
            }
        }

        func run() async throws {
            let (letters, count) = try await dead.withLetters(for: "list") { letters in
                try await letters.letters(max: limit)
            }
            let output = DescriptorOutput.standardOutput
            if json {
                let document = JSONValue.object([
                    "count": .integer(Int64(count)),
                    "letters": .array(letters.map(\.json)),
                ])
                output.say(String(decoding: document.rendered, as: UTF8.self))
            } else if letters.isEmpty {
                output.say("There are no dead letters.")
            } else {
                output.write(BuriedLetter.table(of: letters))
                if count > letters.count {
                    output.say("\nThese are the oldest \(letters.count) of \(count).")
                }
            }
        }
    }
}
