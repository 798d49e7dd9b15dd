import BookingBroker
import BookingDomain
import BookingMessages

/// What some messages ask for: commands in the order of the line, and letters for the dead.
struct Workload: Sendable {
    private(set) var commands: [Command] = []
    private(set) var letters: [DeadLetter] = []
    /// How many messages they came in, and how many of those were delivered before.
    private(set) var messages = 0
    private(set) var redeliveries = 0
    /// The places of the last messages; once all is done, everything up to them is.
    private(set) var marks = DeliveryMarks()
    /// The message after those, if another version of the program is needed to read it.
    private(set) var unknown: UnknownMessage?
    /// How many of the messages had no code, and how many one that is none of ours.
    private(set) var unauthenticated = 0
    private(set) var forged = 0
    private let acceptance: MessageAcceptance

    /// Reads the next of `messages`, and more of them while their commands fit one batch.
    ///
    /// Reads no further than to the first that is unknown, and takes that one with it.
    init?(
        readingFrom messages: inout ArraySlice<QueuedMessage>, as acceptance: MessageAcceptance
    ) {
        guard !messages.isEmpty else { return nil }
        self.acceptance = acceptance
        while commands.count < WorkerLimits.commandsPerBatchMax, unknown == nil,
            let message = messages.popFirst()
        {
            add(message)
        }
    }

    /// Reads one message alone.
    init(_ message: QueuedMessage, as acceptance: MessageAcceptance) {
        self.acceptance = acceptance
        add(message)
    }

    private mutating func add(_ message: QueuedMessage) {
        let authenticity = acceptance.authenticity(of: message)
        if let problem = acceptance.objection(to: authenticity) {
            // Not even a failure may come of it: it would be that of somebody else's booking.
            letters.append(
                DeadLetter(
                    body: message.body, type: message.type, event: message.event, problem: problem))
        } else {
            read(message)
            guard unknown == nil else { return }
        }
        switch authenticity {
        case .absent: unauthenticated += 1
        case .forged: forged += 1
        case .verified, .unverified: break
        }
        marks.advance(to: message.place)
        messages += 1
        if message.isRedelivered { redeliveries += 1 }
    }

    /// Whether a message that cannot be read for that reason is left in its line; notes so.
    private mutating func leaves(_ message: QueuedMessage, _ error: MessageError) -> Bool {
        switch (error.code, acceptance.unknown) {
        case (.unknown, .park):
            unknown = UnknownMessage(
                event: message.event, place: message.place, problem: error.message)
            return true
        case (.unknown, .bury), (.malformed, .park), (.malformed, .bury): return false
        }
    }

    private mutating func read(_ message: QueuedMessage) {
        let received: ReceivedCommands
        do throws(MessageError) {
            received = try ReceivedCommands(
                body: message.body, type: message.type, queueOf: message.event)
        } catch {
            guard !leaves(message, error) else { return }
            letters.append(
                DeadLetter(
                    body: message.body, type: message.type, event: message.event,
                    problem: error.message))
            return
        }
        if let error = received.unknown, leaves(message, error) { return }
        for entry in received.entries {
            switch entry {
            case .command(let command): commands.append(command)
            case .poison(let poison):
                letters.append(
                    DeadLetter(
                        body: poison.body, type: CommandMessage.type, event: message.event,
                        problem: poison.problem))
                if let failure = poison.failure {
                    commands.append(failure)
                }
            }
        }
    }
}

/// What a worker does with messages of a type or a kind that it does not know.
package enum UnknownMessagePolicy: String, Sendable, CaseIterable {
    /// It leaves them, and all behind them, in their lines, until a worker comes that knows them.
    case park
    /// It puts them among the dead, and their bookings fail.
    case bury
}

/// A message that another version of the program is needed to read.
struct UnknownMessage: Sendable {
    let event: EventID
    let place: DeliveryPlace
    /// What is not known, safe to print.
    let problem: String
}

extension DeadLetter {
    /// A command that could be read but not applied, alone in a message.
    init(_ command: Command, problem: String) {
        let message = CommandMessage(
            event: command.event, commands: command.kind == nil ? [] : [command])
        self.init(
            body: message.encoded, type: CommandMessage.type, event: command.event,
            problem: problem)
    }
}
