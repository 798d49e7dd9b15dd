import BookingBroker
import BookingDomain
import BookingMessages
import BookingStore
import BookingTestSupport
import BookingWorkerTestSupport
import Synchronization

/// Sees what is told and acknowledged in a run and what is in the database, and knows what may be.
final class Witness: Sendable {
    private struct Seen {
        var violations: Set<Violation> = []
        var notes: [String] = []
        /// When each command was published first, by the database's clock.
        var publishedAt: [ChangeReference: Instant] = [:]
        /// The bodies of ticks.
        var ticks: Set<[UInt8]> = []
    }

    private let plan: SimulationPlan
    private let shard: TwinShard
    private let seen = Mutex(Seen())

    init(_ plan: SimulationPlan, _ shard: TwinShard) {
        self.plan = plan
        self.shard = shard
    }

    /// What was seen, in words, for whoever has to find out why.
    var notes: String { seen.withLock { $0.notes.joined(separator: "; ") } }

    private func note(
        _ violation: Violation, unless isRight: Bool, _ detail: @autoclosure () -> String = ""
    ) {
        guard !isRight else { return }
        let note = "\(violation) \(detail())"
        seen.withLock { seen in
            seen.violations.insert(violation)
            seen.notes.append(note)
        }
    }

    /// A message is about to be published.
    func published(_ message: SimulationPlan.Message, at time: Instant) {
        seen.withLock { seen in
            for command in message.commands where seen.publishedAt[command.reference] == nil {
                seen.publishedAt[command.reference] = time
            }
        }
    }

    /// A tick is about to be published.
    func ticked(_ body: [UInt8]) { seen.withLock { _ = $0.ticks.insert(body) } }

    /// A hold that was due then is held still, and nobody does anything about it.
    func neverExpired(_ dueAt: Instant) { note(.neverExpired, unless: false, "due at \(dueAt)") }

    /// Outcomes are about to be told.
    func heard(_ message: OutcomeMessage) {
        let content = shard.content
        note(
            .toldOfNothing,
            unless: message.bookings.allSatisfy(content.past.contains)
                && message.changes.allSatisfy { content.changes[$0.reference] == $0 })
        note(.wrongChain, unless: message.previousBatch.map { $0 + 1 == message.batch } ?? true)
    }

    /// Messages are about to be acknowledged.
    func acknowledged(_ messages: [QueuedMessage]) {
        let content = shard.content
        for message in messages { note(.lost, unless: isDone(message.body, content)) }
    }

    /// Whether all of a message is decided, or among the dead letters.
    private func isDone(_ body: [UInt8], _ content: TwinTables) -> Bool {
        if seen.withLock({ $0.ticks.contains(body) }) { return true }
        let letters = Set(content.letters.values.map(\.body))
        if letters.contains(body) { return true }
        guard let message = plan.messages.first(where: { $0.body == body }) else { return false }
        return !message.commands.isEmpty
            && message.commands.allSatisfy { command in
                let alone = CommandMessage(event: message.event, commands: [command])
                return content.has(command) || letters.contains(alone.encoded)
            }
    }

    /// All that was not as it should be, once the run is over.
    func violations(isDrained: Bool) -> Set<Violation> {
        note(.notDrained, unless: isDrained)
        let content = shard.content
        for event in plan.events {
            let log = content.logs[event.id] ?? []
            checkOrder(log, of: event)
            checkLog(log, content, of: event)
            checkTimeliness(log, content, of: event)
            checkFailures(content, of: event)
            let epochs = log.compactMap { content.epochs[event.id]?[$0.sequence] }
            note(.staleEpoch, unless: epochs == epochs.sorted())
        }
        if isDrained {
            for message in plan.messages { note(.lost, unless: isDone(message.body, content)) }
        }
        return seen.withLock { $0.violations }
    }

    private func commands(of event: Event) -> [Command] {
        plan.messages.filter { $0.event == event.id }.flatMap(\.commands)
    }

    private func checkOrder(_ log: [Entry], of event: Event) {
        note(.gap, unless: log.map(\.sequence) == (0..<log.count).map { Int64($0 + 1) })
        let times = log.map(\.at)
        note(.timeWentBack, unless: times == times.sorted())
        var published: [CommandID] = []
        var known: Set<CommandID> = []
        let decided = Set(log.map(\.command))
        for command in commands(of: event)
        where decided.contains(command.id) && known.insert(command.id).inserted {
            published.append(command.id)
        }
        let inOrder = log.map(\.command).filter(known.contains)
        note(.outOfOrder, unless: inOrder == published)
    }

    /// Applies the log again; its rows and counts must be what is stored.
    private func checkLog(_ log: [Entry], _ content: TwinTables, of event: Event) {
        let rows = content.bookings(of: event.id)
        let users = Dictionary(
            rows.compactMap { row in row.user.map { (row.key, $0) } },
            uniquingKeysWith: { first, _ in first })
        var model = LogModel(event, users: users)
        for entry in log {
            model.apply(entry, committedAt: content.commitTimes[event.id]?[entry.sequence])
        }
        for (violation, detail) in model.found { note(violation, unless: false, detail) }
        let stored = Dictionary(
            rows.map { ($0.key, LogModel.Standing($0)) }, uniquingKeysWith: { first, _ in first })
        note(.wrongRow, unless: stored == model.bookings, "bookings")
        let changes = content.changes.values.filter { $0.event == event.id }
        note(
            .wrongRow,
            unless: Dictionary(
                changes.map { ($0.command, $0.refusal) }, uniquingKeysWith: { first, _ in first })
                == model.changes, "changes")
        let stock = content.events[event.id]?.ticketTypes.map(\.stock) ?? []
        note(
            .wrongStock,
            unless: stock.map(\.held) == model.held && stock.map(\.confirmed) == model.confirmed)
    }

    /// What was asked of a held booking before it was due must stand before its expiry, unless the database's
    /// clock was put back meanwhile.
    private func checkTimeliness(_ log: [Entry], _ content: TwinTables, of event: Event) {
        guard !plan.isOwnerAhead else { return }
        let publishedAt = seen.withLock { $0.publishedAt }
        var dueAt: [BookingKey: Instant] = [:]
        var expiries: [BookingKey: [(sequence: Int64, dueAt: Instant)]] = [:]
        for entry in log {
            switch entry.body {
            case .book(_, _, .held(let hold)):
                dueAt[BookingKey(bits: entry.command.bits)] = hold.expiresAt
            case .change(_, let booking, let resolution):
                let time = publishedAt[
                    ChangeReference(event: event.id, command: entry.command)]
                let isLate = expiries[booking, default: []]
                    .contains { expiry in time.map { $0 < expiry.dueAt } ?? false }
                note(.overtaken, unless: !isLate, "at \(entry.sequence): \(entry.body)")
                if case .applied(let hold?) = resolution { dueAt[booking] = hold.expiresAt }
            case .expire(let keys, _, _):
                for key in keys {
                    guard let due = dueAt[key] else { continue }
                    expiries[key, default: []].append((entry.sequence, due))
                }
            case .book, .undecodable: break
            }
        }
    }

    /// Nothing fails, or goes to the dead letters, without a reason of its own.
    private func checkFailures(_ content: TwinTables, of event: Event) {
        let letters = Set(content.letters.values.map(\.body))
        for command in commands(of: event) where !isBad(command) {
            let alone = CommandMessage(event: event.id, commands: [command])
            let hasFailed =
                content.bookings[command.key]?.status == .failed && command.kind?.books == true
                || content.changes[command.reference]?.refusal == .undecodable
                || letters.contains(alone.encoded)
            note(.goodCommandFailed, unless: !hasFailed, "\(command)")
        }
    }

    private func isBad(_ command: Command) -> Bool {
        guard let user = command.actor else { return false }
        return command.kind?.books == true
            && (plan.killers.contains(command.key) || plan.refusedUsers.contains(user))
            || plan.slowBuyers.contains { $0.user == user && $0.event == command.event }
    }
}

extension Command {
    var reference: ChangeReference { ChangeReference(event: event, command: id) }
}

extension CommandKind {
    /// Whether it makes a booking.
    fileprivate var books: Bool { self == .book || self == .hold }
}

extension TwinTables {
    /// Whether a command is decided.
    fileprivate func has(_ command: Command) -> Bool {
        switch command.need {
        case .booking(let key): bookings[key] != nil
        case .change: changes[command.reference] != nil
        case .due: true
        }
    }
}

extension LogModel.Standing {
    fileprivate init(_ booking: Booking) {
        self.init(
            status: booking.status, expiresAt: booking.hold?.expiresAt,
            extendableUntil: booking.hold?.extendableUntil,
            isPaying: booking.hold?.isPaying ?? false, sequence: booking.sequence,
            asOfSequence: booking.asOfSequence)
    }
}
