import BookingDomain
import BookingTestSupport

/// Applies an event's log again, by rules written down here once more, and notes where it went by others.
struct LogModel {
    private struct Item {
        let type: Int
        let quantity: Int
    }

    struct Standing: Equatable {
        var status: BookingStatus
        var expiresAt: Instant?
        var extendableUntil: Instant?
        var isPaying = false
        let sequence: Int64
        var asOfSequence: Int64

        fileprivate mutating func end(in status: BookingStatus) {
            self.status = status
            (expiresAt, extendableUntil, isPaying) = (nil, nil, false)
        }
    }

    private let event: Event
    private let users: [BookingKey: UserID]
    private var items: [BookingKey: [Item]] = [:]
    private(set) var bookings: [BookingKey: Standing] = [:]
    private(set) var changes: [CommandID: Change.Refusal?] = [:]
    /// What is held and confirmed of each ticket type.
    private(set) var held: [Int]
    private(set) var confirmed: [Int]
    private var taken: [UserID: [Int: Int]] = [:]
    private(set) var found: [(violation: Violation, note: String)] = []

    private static let holdTime = Duration.seconds(30)
    private static let grace = Duration.seconds(10)

    /// A model of an event to whose bookings' rows belong these users.
    init(_ event: Event, users: [BookingKey: UserID]) {
        self.event = event
        self.users = users
        held = event.ticketTypes.map { _ in 0 }
        confirmed = held
    }

    /// Applies an entry that was committed then, by the database's clock.
    mutating func apply(_ entry: Entry, committedAt: Instant?) {
        let key = BookingKey(bits: entry.command.bits)
        switch entry.body {
        case .book(let basket, let holding, let decision):
            makeOnce(key, entry)
            items[key] = basket.items.map {
                Item(type: Int($0.ticketType.rawValue) - 1, quantity: $0.quantity.rawValue)
            }
            book(key, holding, entry, decision)
        case .undecodable:
            makeOnce(key, entry)
            bookings[key] = Standing(
                status: .failed, sequence: entry.sequence, asOfSequence: entry.sequence)
        case .change(let verb, let booking, let resolution):
            if changes[entry.command] != nil { note(.appliedTwice, entry) }
            let expected = change(booking, verb, at: entry.at, as: entry.sequence)
            changes[entry.command] = expected
            switch resolution {
            case .applied(let hold):
                let standing = bookings[booking]
                let isRight =
                    expected == nil && standing?.expiresAt == hold?.expiresAt
                    && standing?.extendableUntil == hold?.extendableUntil
                if !isRight { note(.wrongDecision, entry) }
            case .refused(let refusal):
                if expected != refusal { note(.wrongDecision, entry) }
            }
        case .expire(let keys, let dueAt, _): expire(keys, dueAt, entry, committedAt)
        }
    }

    private mutating func note(_ violation: Violation, _ entry: Entry) {
        found.append((violation, "at \(entry.sequence): \(entry.body)"))
    }

    private mutating func makeOnce(_ key: BookingKey, _ entry: Entry) {
        if bookings[key] != nil { note(.appliedTwice, entry) }
    }

    private mutating func book(
        _ key: BookingKey, _ holding: Bool, _ entry: Entry, _ decision: Entry.Decision
    ) {
        let reason = objection(to: key)
        var standing = Standing(
            status: reason != nil ? .rejected : holding ? .held : .confirmed,
            sequence: entry.sequence, asOfSequence: entry.sequence)
        let expected: Entry.Decision
        if let reason {
            expected = .rejected(reason)
        } else {
            if holding {
                standing.expiresAt = entry.at.advanced(by: Self.holdTime)
                standing.extendableUntil = entry.at.advanced(by: Self.holdTime * 3)
            }
            let hold = standing.expiresAt.flatMap { expiresAt in
                standing.extendableUntil.map {
                    Hold(expiresAt: expiresAt, extendableUntil: $0, isPaying: false)
                }
            }
            expected = hold.map(Entry.Decision.held) ?? .confirmed
            take(key, isHeld: holding)
        }
        bookings[key] = standing
        if expected != decision { note(.wrongDecision, entry) }
    }

    private func objection(to key: BookingKey) -> Reason? {
        var reason: Reason?
        for item in items[key] ?? [] {
            guard event.ticketTypes.indices.contains(item.type) else { return .unknownTicketType }
            let type = event.ticketTypes[item.type]
            let has = users[key].flatMap { taken[$0]?[item.type] } ?? 0
            let left = type.stock.capacity - held[item.type] - confirmed[item.type]
            if let limit = type.maxPerUser, has + item.quantity > limit {
                reason = .limitExceeded
            } else if item.quantity > left, reason == nil {
                reason = .soldOut
            }
        }
        return reason
    }

    private mutating func take(_ key: BookingKey, isHeld: Bool, sign: Int = 1) {
        for item in items[key] ?? [] {
            if isHeld {
                held[item.type] += sign * item.quantity
            } else {
                confirmed[item.type] += sign * item.quantity
            }
            guard let user = users[key] else { continue }
            taken[user, default: [:]][item.type, default: 0] += sign * item.quantity
        }
    }

    /// Changes a booking; returns why it is refused, or `nil`.
    private mutating func change(
        _ key: BookingKey, _ verb: Command.Verb, at now: Instant, as sequence: Int64
    ) -> Change.Refusal? {
        if verb == .undecodable { return .undecodable }
        guard var standing = bookings[key] else { return .noBooking }
        let wasHeld = standing.status == .held
        switch (verb, standing.status) {
        case (.confirm, .held):
            take(key, isHeld: true, sign: -1)
            take(key, isHeld: false)
            standing.end(in: .confirmed)
        case (.confirm, .expired):
            guard objection(to: key) == nil else { return .holdExpired }
            take(key, isHeld: false)
            standing.end(in: .confirmed)
        case (.pay, .held) where !standing.isPaying:
            standing.isPaying = true
            standing.expiresAt = max(standing.expiresAt ?? now, now.advanced(by: Self.grace))
        case (.pay, .expired): return .holdExpired
        case (.confirm, _), (.pay, _): return .notConfirmable
        case (.extend, .held):
            let end = min(now.advanced(by: Self.holdTime), standing.extendableUntil ?? now)
            guard end > max(standing.expiresAt ?? now, now) else { return .notExtendable }
            standing.expiresAt = end
        case (.extend, _): return .notExtendable
        case (.cancel, .held), (.cancel, .confirmed):
            take(key, isHeld: wasHeld, sign: -1)
            standing.end(in: .cancelled)
        case (.cancel, _): return .notCancellable
        case (.undecodable, _): return .undecodable
        }
        standing.asOfSequence = sequence
        bookings[key] = standing
        return nil
    }

    private mutating func expire(
        _ keys: [BookingKey], _ dueAt: Instant, _ entry: Entry, _ committedAt: Instant?
    ) {
        if let committedAt, dueAt > committedAt { note(.expiredEarly, entry) }
        for key in keys {
            guard var standing = bookings[key], standing.status == .held else {
                note(.wrongDecision, entry)
                continue
            }
            if standing.expiresAt ?? dueAt > dueAt { note(.expiredEarly, entry) }
            take(key, isHeld: true, sign: -1)
            standing.end(in: .expired)
            standing.asOfSequence = entry.sequence
            bookings[key] = standing
        }
    }
}
