import ArgumentParser
import BookingBroker

extension DeadCommand {
    /// `boxoffice dead replay`: letters back into their lines.
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay",
            abstract: "Put dead letters back at the end of the lines they came from.",
            discussion: """
                For letters whose cause is gone: an event that was missing, a worker that could \
                not read the message or died of it. A letter goes back with its body and type \
                unchanged, and leaves the dead only when the broker has it safe. What fails again \
                comes back as a new letter.

                A booking that has an outcome keeps it, 'failed' too: replaying its command tells \
                the outcome once more and books nothing. Only bookings without an outcome, which \
                are still pending, get one.

                A replay gives a message the code that commands are authenticated by. So '--all' \
                leaves out those that were put aside because theirs was missing or wrong: look at \
                them first.

                Examples:
                  boxoffice dead replay 1
                  boxoffice dead replay --all

                \(ExitStatus.help)
                """)

        @OptionGroup var target: LetterTarget

        @Flag(help: "With --all: also those whose code was missing or wrong.")
        var doubtful = false

        @OptionGroup(title: "Settings") var dead: DeadFlags

        func run() async throws {
            let output = DescriptorOutput.standardOutput
            var replayed = 0
            var kept = 0
            try await dead.withLetters(for: "replay") { letters in
                try await letters.replay(target.choice, doubtful: doubtful) { letter, replay in
                    if replay == .done { replayed += 1 } else { kept += 1 }
                    output.say("\(letter.id): \(replay.text)")
                }
            }
            guard replayed + kept > 0 else { return try target.tellMissing() }
            output.say(
                "\(replayed) replayed, \(kept) kept. Bookings that had an outcome keep it; what "
                    + "fails again comes back as a new letter.")
            if kept > 0 { throw ExitCode(ExitStatus.failure.rawValue) }
        }
    }
}

extension DeadLetterQueue.Replay {
    fileprivate var text: String {
        switch self {
        case .done: "back in its line"
        case .hasNoLine: "kept: it came from no event's line"
        case .lineIsGone: "kept: its event's queue is gone"
        case .isDoubtful:
            "kept: nobody knows that it is ours; if it is, name it by its id, or add --doubtful"
        case .lineIsFull: "kept: its event's queue takes no more"
        }
    }
}
