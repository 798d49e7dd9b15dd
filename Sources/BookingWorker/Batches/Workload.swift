import BookingBroker
import BookingDomain
import BookingMessages

/// What some messages ask for: commands in the order of the line, and letters for the dead.
struct Workload: Sendable {
    /// A command in the line of its event.
    typealias Entry = (event: EventID, command: Command)

    private(set) var entries: [Entry] = []
    private(set) var letters: [DeadLetter] = []
    /// How many messages they came in, and how many of those were delivered before.
    private(set) var messages = 0
    private(set) var redeliveries = 0
    /// The places of the last messages; once all is done, everything up to them is.
    private(set) var marks: DeliveryMarks

    /// Reads the next of `messages`, and more of them while their commands fit one batch.
    init?(readingFrom messages: inout ArraySlice<QueuedMessage>) {
        guard let first = messages.popFirst() else { return nil }
        marks = DeliveryMarks(first.place)
        add(first)
        while entries.count < WorkerLimits.commandsPerBatchMax, let message = messages.popFirst() {
            add(message)
        }
    }

    /// Reads one message alone.
    init(_ message: QueuedMessage) {
        marks = DeliveryMarks(message.place)
        add(message)
    }

    private mutating func add(_ message: QueuedMessage) {
        marks.advance(to: message.place)
        messages += 1
        if message.isRedelivered { redeliveries += 1 }
        read(message)
    }

    private mutating func read(_ message: QueuedMessage) {
        let received: ReceivedCommands
        do throws(MessageError) {
            received = try ReceivedCommands(
                body: message.body, type: message.type, queueOf: message.event)
        } catch {
            letters.append(
                DeadLetter(
                    body: message.body, type: message.type, event: message.event,
                    problem: error.message))
            return
        }
        for entry in received.entries {
            switch entry {
            case .command(let command): entries.append((message.event, command))
            case .poison(let poison):
                letters.append(
                    DeadLetter(
                        body: poison.body, type: CommandMessage.type, event: message.event,
                        problem: poison.problem))
                if let failure = poison.failure {
                    entries.append((message.event, .undecodable(failure)))
                }
            }
        }
    }
}

extension DeadLetter {
    /// A command that could be read but not applied, alone in a message.
    init(_ command: Command, of event: EventID, problem: String) {
        let commands: [BookCommand] =
            switch command {
            case .book(let command): [command]
            case .undecodable: []
            }
        let message = CommandMessage(event: event, commands: commands)
        self.init(
            body: message.encoded, type: CommandMessage.type, event: event, problem: problem)
    }
}
