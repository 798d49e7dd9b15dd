import BookingDomain

/// One event's part of the ``CommandOutbox``: the batch in flight, and what gathers behind it.
struct EventOutbox: Sendable {
    typealias Submitter = CommandOutbox.Submitter

    enum Entrance: Hashable, Sendable {
        /// The command is new here.
        case gathered
        /// The same command is here already.
        case joined
        case keyReused
        case full
    }

    private struct Entry: Sendable {
        let command: Command
        var submitters: [Submitter] = []
        var isInFlight = false

        mutating func enter(_ command: Command, by submitter: Submitter) -> Entrance {
            guard self.command.body == command.body else { return .keyReused }
            // One that is in flight may have been left by all who wanted it.
            let isNew = submitters.isEmpty && !isInFlight
            submitters.append(submitter)
            return isNew ? .gathered : .joined
        }
    }

    private var entries: [CommandID: Entry] = [:]
    /// Gathered keys in the order of coming; may name keys that were withdrawn since.
    private var order: [CommandID] = []
    private var inFlight: [CommandID] = []
    /// When the batch in flight departed; `nil` when there is none.
    private(set) var departure: CommandOutbox.Instant?

    /// How much of the room for gathered commands is taken.
    var gathered: Int { order.count }

    mutating func enter(
        _ command: Command, by submitter: Submitter, room: Int
    ) -> Entrance {
        guard order.count < room || entries[command.id] != nil else { return .full }
        // Found, or put in, at once: this is done for every booking.
        let entrance = entries[command.id, default: Entry(command: command)]
            .enter(command, by: submitter)
        if entrance == .gathered { order.append(command.id) }
        return entrance
    }

    /// Sends off as much of what gathered as fits one message; empty when nothing gathered.
    mutating func depart(_ limits: BatchLimits, at now: CommandOutbox.Instant) -> [Command] {
        var commands: [Command] = []
        var bytes = BatchLimits.envelopeBytes
        var taken = 0
        for key in order {
            // Withdrawn meanwhile, or withdrawn and entered again further to the front.
            guard let entry = entries.index(forKey: key), !entries.values[entry].isInFlight else {
                taken += 1
                continue
            }
            let command = entries.values[entry].command
            bytes += BatchLimits.bytesBound(of: command)
            let fits = commands.count < limits.commandsMax && bytes <= limits.bytesMax
            guard fits || commands.isEmpty else { break }
            taken += 1
            entries.values[entry].isInFlight = true
            commands.append(command)
        }
        order.removeFirst(taken)
        inFlight = commands.map(\.id)
        departure = now
        return commands
    }

    /// The batch in flight has returned: who waited for it.
    mutating func land() -> [Submitter] {
        let submitters = inFlight.flatMap { entries.removeValue(forKey: $0)?.submitters ?? [] }
        (inFlight, departure) = ([], nil)
        return submitters
    }

    /// Takes a submitter out; a command that only it wanted and that is not in flight goes with it.
    mutating func withdraw(_ submitter: Submitter, of key: CommandID) {
        entries[key]?.submitters.removeAll { $0 == submitter }
        if let entry = entries[key], entry.submitters.isEmpty, !entry.isInFlight {
            entries[key] = nil
        }
    }
}
