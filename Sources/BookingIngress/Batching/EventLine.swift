import BookingDomain

/// One event's part of the ``BatchLine``: the batch in flight, and what gathers behind it.
struct EventLine: Sendable {
    typealias Submitter = BatchLine.Submitter

    enum Entrance: Hashable, Sendable {
        /// The command is new here.
        case gathered
        /// The same command is here already.
        case joined
        case keyReused
        case full
    }

    private struct Entry: Sendable {
        let command: BookCommand
        var submitters: [Submitter]
        var isInFlight = false
    }

    private var entries: [BookingKey: Entry] = [:]
    /// Gathered keys in the order of coming; may name keys that were withdrawn since.
    private var order: [BookingKey] = []
    private var inFlight: [BookingKey] = []
    /// When the batch in flight departed; `nil` when there is none.
    private(set) var departure: BatchLine.Instant?

    /// How much of the room for gathered commands is taken.
    var gathered: Int { order.count }

    mutating func enter(
        _ command: BookCommand, by submitter: Submitter, room: Int
    ) -> Entrance {
        if let basket = entries[command.key]?.command.basket {
            guard basket == command.basket else { return .keyReused }
            entries[command.key]?.submitters.append(submitter)
            return .joined
        }
        guard order.count < room else { return .full }
        entries[command.key] = Entry(command: command, submitters: [submitter])
        order.append(command.key)
        return .gathered
    }

    /// Sends off as much of what gathered as fits one message; empty when nothing gathered.
    mutating func depart(_ limits: BatchLimits, at now: BatchLine.Instant) -> [BookCommand] {
        var commands: [BookCommand] = []
        var bytes = BatchLimits.envelopeBytes
        var taken = 0
        for key in order {
            // Withdrawn meanwhile, or withdrawn and entered again further to the front.
            guard let entry = entries[key], !entry.isInFlight else {
                taken += 1
                continue
            }
            bytes += BatchLimits.bytesBound(of: entry.command)
            let fits = commands.count < limits.commandsMax && bytes <= limits.bytesMax
            guard fits || commands.isEmpty else { break }
            taken += 1
            entries[key]?.isInFlight = true
            commands.append(entry.command)
        }
        order.removeFirst(taken)
        inFlight = commands.map(\.key)
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
    mutating func withdraw(_ submitter: Submitter, of key: BookingKey) {
        entries[key]?.submitters.removeAll { $0 == submitter }
        if let entry = entries[key], entry.submitters.isEmpty, !entry.isInFlight {
            entries[key] = nil
        }
    }
}
