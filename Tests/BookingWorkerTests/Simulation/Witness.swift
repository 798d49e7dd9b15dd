import BookingBroker
import BookingDomain
import BookingMessages
import BookingStore
import BookingWorkerTestSupport
import Synchronization

/// Sees what is told and acknowledged in a run and what is in the database, and knows what may be.
final class Witness: Sendable {
    private let plan: SimulationPlan
    private let shard: TwinShard
    private let seen = Mutex<(violations: Set<Violation>, notes: [String])>(([], []))

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

    /// Outcomes are about to be told.
    func heard(_ message: OutcomeMessage) {
        let bookings = shard.content.bookings
        note(
            .toldOfNothing,
            unless: message.bookings.allSatisfy { bookings[$0.key] == $0 })
        note(.wrongChain, unless: message.previousBatch.map { $0 + 1 == message.batch } ?? true)
    }

    /// Messages are about to be acknowledged.
    func acknowledged(_ messages: [QueuedMessage]) {
        let content = shard.content
        for message in messages { note(.lost, unless: isDone(message.body, content)) }
    }

    /// Whether all of a message is decided, or among the dead letters.
    private func isDone(_ body: [UInt8], _ content: TwinTables) -> Bool {
        let letters = Set(content.letters.values.map(\.body))
        if letters.contains(body) { return true }
        guard let message = plan.messages.first(where: { $0.body == body }) else { return false }
        return !message.commands.isEmpty
            && message.commands.allSatisfy { command in
                let alone = CommandMessage(event: message.event, commands: [command])
                return content.bookings[command.key] != nil || letters.contains(alone.encoded)
            }
    }

    /// All that was not as it should be, once the run is over.
    func violations(isDrained: Bool) -> Set<Violation> {
        note(.notDrained, unless: isDrained)
        let content = shard.content
        for event in plan.events {
            let bookings = content.bookings(of: event.id)
            checkOrder(bookings, of: event)
            checkDecisions(bookings, of: event)
            checkFailures(bookings, content, of: event)
            let epochs = bookings.compactMap { content.epochs[$0.key] }
            note(.staleEpoch, unless: epochs == epochs.sorted())
            let stock = content.events[event.id]?.ticketTypes.map(\.stock.available)
            note(.wrongStock, unless: stock == available(after: bookings, of: event))
        }
        if isDrained {
            for message in plan.messages { note(.lost, unless: isDone(message.body, content)) }
        }
        return seen.withLock { $0.violations }
    }

    private func checkOrder(_ bookings: [Booking], of event: Event) {
        note(.gap, unless: bookings.map(\.sequence) == (0..<bookings.count).map { Int64($0 + 1) })
        let times = bookings.map(\.decidedAt)
        note(.timeWentBack, unless: times == times.sorted())
        var published: [BookingKey] = []
        var known: Set<BookingKey> = []
        let decided = Set(bookings.map(\.key))
        for message in plan.messages where message.event == event.id {
            for command in message.commands
            where decided.contains(command.key) && known.insert(command.key).inserted {
                published.append(command.key)
            }
        }
        let inOrder = bookings.filter { known.contains($0.key) }
        note(
            .outOfOrder, unless: inOrder.map(\.key) == published,
            "\(inOrder.map { (published.firstIndex(of: $0.key) ?? -1, $0.status) })")
    }

    /// Decides all again, by rules written down here once more.
    private func checkDecisions(_ bookings: [Booking], of event: Event) {
        var left = event.ticketTypes.map(\.stock.available)
        var taken: [UserID: [Int: Int]] = [:]
        for booking in bookings where booking.status != .failed {
            guard let user = booking.user, let basket = booking.basket else {
                note(.wrongDecision, unless: false)
                continue
            }
            var reason: Reason?
            for item in basket.items {
                let (type, quantity) = (Int(item.ticketType.rawValue) - 1, item.quantity.rawValue)
                guard event.ticketTypes.indices.contains(type) else {
                    reason = .unknownTicketType
                    break
                }
                let has = taken[user]?[type] ?? 0
                if let limit = event.ticketTypes[type].maxPerUser, has + quantity > limit {
                    reason = .limitExceeded
                } else if quantity > left[type], reason == nil {
                    reason = .soldOut
                }
            }
            note(.wrongDecision, unless: booking.reason == reason)
            note(
                .wrongDecision, unless: booking.status == (reason == nil ? .confirmed : .rejected))
            guard reason == nil else { continue }
            for item in basket.items {
                let (type, quantity) = (Int(item.ticketType.rawValue) - 1, item.quantity.rawValue)
                left[type] -= quantity
                taken[user, default: [:]][type, default: 0] += quantity
            }
        }
    }

    private func available(after bookings: [Booking], of event: Event) -> [Int] {
        var left = event.ticketTypes.map(\.stock.available)
        for booking in bookings where booking.status == .confirmed {
            for item in booking.basket?.items ?? [] {
                left[Int(item.ticketType.rawValue) - 1] -= item.quantity.rawValue
            }
        }
        return left
    }

    /// Nothing fails, or goes to the dead letters, without a reason of its own.
    private func checkFailures(_ bookings: [Booking], _ content: TwinTables, of event: Event) {
        for booking in bookings where booking.status == .failed {
            note(
                .goodCommandFailed, unless: isBad(booking.key, by: booking.user, of: event.id),
                "sequence \(booking.sequence)")
        }
        let letters = Set(content.letters.values.map(\.body))
        for message in plan.messages where message.event == event.id {
            for command in message.commands
            where !isBad(command.key, by: command.user, of: event.id) {
                let alone = CommandMessage(event: event.id, commands: [command])
                note(
                    .goodCommandFailed, unless: !letters.contains(alone.encoded),
                    "among the dead: \(command.key)")
            }
        }
    }

    private func isBad(_ key: BookingKey, by user: UserID?, of event: EventID) -> Bool {
        guard let user else { return false }
        return plan.killers.contains(key) || plan.refusedUsers.contains(user)
            || plan.slowBuyers.contains { $0.user == user && $0.event == event }
    }
}
