import ArgumentParser
import BookingBroker

/// The letters that a command is for.
struct LetterTarget: ParsableArguments {
    @Argument(help: LetterChoice.help, transform: LetterChoice.parse)
    var letter: LetterChoice?

    @Flag(help: "All letters that are there now.")
    var all = false

    var choice: LetterChoice { letter ?? .all }

    func validate() throws {
        guard (letter != nil) != all else {
            throw ValidationError("A letter or --all must be given, and not both.")
        }
    }

    /// Says that there was nothing; throws when there should have been something.
    func tellMissing() throws {
        guard all else { throw choice.isMissing }
        DescriptorOutput.standardOutput.say("There are no dead letters.")
    }
}

extension LetterChoice {
    static let help = ArgumentHelp("The letter's id, or its place in the list.")

    /// The choice that an argument stands for.
    @Sendable static func parse(_ text: String) throws -> LetterChoice {
        guard let choice = LetterChoice(text) else {
            throw ValidationError("It is no letter's id, and no place counted from 1.")
        }
        return choice
    }

    /// What to throw when there is no such letter.
    var isMissing: CommandFailure {
        switch self {
        case .all: CommandFailure("there are no dead letters")
        case .position(let position): CommandFailure("there is no dead letter at place \(position)")
        case .id(let id): CommandFailure("there is no dead letter \(id.printable)")
        }
    }
}
