import BookingDomain
import Postgres

struct SelectShard: PostgresStatement {
    static let sql = "SELECT shard, commands FROM shard_lease"

    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> (shard: ShardNumber, commands: Int64) {
        guard let shard = ShardNumber(Int(try row.next(Int16.self))) else {
            throw .unreadable("a shard's number is out of range")
        }
        return (shard, try row.count())
    }
}

/// How many letters lie in the shard's table.
struct CountLetters: PostgresStatement {
    static let sql = "SELECT count(*) FROM dead_letter"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int64 { try row.next() }
}

/// Events with their ticket types, a row a ticket type.
struct SelectEvents: PostgresStatement {
    static let sql = """
        SELECT e.id, e.sequence, t.number, t.capacity, t.available, t.held, t.confirmed
        FROM event e JOIN ticket_type t ON t.event_id = e.id ORDER BY e.id, t.number
        """

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> StoredEvent {
        let id = try row.id(EventID.self)
        let sequence = try row.count()
        guard let number = TicketTypeNumber(Int(try row.next(Int16.self))) else {
            throw .unreadable("a ticket type's number is out of range")
        }
        let type = StoredTicketType(
            number: number, capacity: Int(try row.next(Int32.self)),
            available: Int(try row.next(Int32.self)), held: Int(try row.next(Int32.self)),
            confirmed: Int(try row.next(Int32.self)))
        return StoredEvent(id: id, sequence: sequence, ticketTypes: [type])
    }
}

/// One page of all bookings, by event and sequence.
///
/// The key is part of the order too: where a bug let two bookings have one sequence, both are read.
struct SelectBookings: PostgresStatement {
    static let sql = """
        SELECT key, event_id, user_id, ticket_types, quantities, flags, status, reason, sequence,
            as_of_sequence, created_at, decided_at, expires_at, extendable_until, is_paying, epoch
        FROM booking WHERE (event_id, sequence, key) > ($1, $2, $3)
        ORDER BY event_id, sequence, key LIMIT $4
        """
    let last: Booking?
    let limit: Int

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(last?.event.uuid ?? PostgresUUID(high: 0, low: 0))
        parameters.append(last?.sequence ?? 0)
        parameters.append(last?.key.uuid ?? PostgresUUID(high: 0, low: 0))
        parameters.append(limit)
    }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> StoredBooking {
        let key = try row.id(BookingKey.self)
        let event = try row.id(EventID.self)
        let user = try row.next(PostgresUUID?.self).map(UserID.init)
        let basket = try row.basket()
        let flags = BookingID.Flags(rawValue: UInt8(truncatingIfNeeded: try row.next(Int16.self)))
        guard let status = BookingStatus(rawValue: try row.next(String.self)) else {
            throw .unreadable("a booking's status is none")
        }
        let booking = Booking(
            key: key, event: event, user: user, basket: basket, flags: flags, status: status,
            reason: try row.next(String?.self).flatMap(Reason.init), sequence: try row.count(),
            asOfSequence: try row.next(Int64?.self), createdAt: try row.instant(),
            decidedAt: try row.instant(), hold: try row.hold())
        return StoredBooking(booking, epoch: Int64(try row.next(Int32.self)))
    }
}

/// One page of all pages of the logs, by event and first sequence.
struct SelectLogPages: PostgresStatement {
    static let sql = """
        SELECT event_id, first_sequence, count, decided_at, entries, epoch
        FROM log_page WHERE (event_id, first_sequence) > ($1, $2)
        ORDER BY event_id, first_sequence LIMIT $3
        """
    let last: LogPage?
    let limit: Int

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(last?.event.uuid ?? PostgresUUID(high: 0, low: 0))
        parameters.append(last?.firstSequence ?? 0)
        parameters.append(limit)
    }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> StoredPage {
        let page = LogPage(
            event: try row.id(EventID.self), firstSequence: try row.count(),
            count: Int(try row.next(Int32.self)), at: try row.instant(),
            bytes: try row.next(PostgresBytes.self).bytes)
        return StoredPage(page, epoch: Int64(try row.next(Int32.self)))
    }
}

/// One page of what commands that asked for changes came to, by event and command.
struct SelectChanges: PostgresStatement {
    static let sql = """
        SELECT event_id, id, booking_key, sequence, refusal
        FROM booking_change WHERE (event_id, id) > ($1, $2) ORDER BY event_id, id LIMIT $3
        """
    let last: Change?
    let limit: Int

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(last?.event.uuid ?? PostgresUUID(high: 0, low: 0))
        parameters.append(last?.command.uuid ?? PostgresUUID(high: 0, low: 0))
        parameters.append(limit)
    }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Change {
        let event = try row.id(EventID.self)
        let command = try row.id(CommandID.self)
        let booking = try row.id(BookingKey.self)
        let sequence = try row.count()
        let word = try row.next(String?.self)
        let refusal = word.flatMap(Change.Refusal.init)
        guard (word == nil) == (refusal == nil) else {
            throw .unreadable("a change's refusal is none")
        }
        return Change(
            command: command, event: event, booking: booking, sequence: sequence,
            refusal: refusal)
    }
}

/// How far along their sequence events with limits are tallied.
struct SelectTallyMarks: PostgresStatement {
    static let sql = "SELECT event_id, sequence FROM event_tally"

    static func decode(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> (event: EventID, sequence: Int64) {
        (try row.id(EventID.self), try row.next())
    }
}

/// One page of what buyers have of limited ticket types.
struct SelectTallies: PostgresStatement {
    static let sql = """
        SELECT event_id, user_id, ticket_type, taken
        FROM buyer_tally WHERE (event_id, user_id, ticket_type) > ($1, $2, $3)
        ORDER BY event_id, user_id, ticket_type LIMIT $4
        """
    let last: StoredTally?
    let limit: Int

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(last?.event.uuid ?? PostgresUUID(high: 0, low: 0))
        parameters.append(last?.allowance.user.uuid ?? PostgresUUID(high: 0, low: 0))
        parameters.append(last?.allowance.ticketType.rawValue ?? 0)
        parameters.append(limit)
    }

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> StoredTally {
        let event = try row.id(EventID.self)
        let user = try row.id(UserID.self)
        guard let number = TicketTypeNumber(Int(try row.next(Int16.self))) else {
            throw .unreadable("a ticket type's number is out of range")
        }
        return StoredTally(
            event: event, allowance: Allowance(user: user, ticketType: number),
            taken: Int(try row.next(Int32.self)))
    }
}

/// Whether somebody set up the audit of the inserts.
struct SelectAuditPresence: PostgresStatement {
    static let sql = "SELECT to_regclass('audit_commit') IS NOT NULL"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Bool {
        try row.next()
    }
}

struct SelectAudits: PostgresStatement {
    static let sql = """
        SELECT writer_epoch, lease_epoch, count(*) FROM audit_commit
        GROUP BY writer_epoch, lease_epoch ORDER BY writer_epoch, lease_epoch
        """

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> CommitAudit {
        CommitAudit(
            writerEpoch: try row.count(), leaseEpoch: try row.count(),
            commits: Int(try row.count()))
    }
}

extension UUIDIdentifier {
    fileprivate init(_ uuid: PostgresUUID) {
        self.init(bits: UInt128(uuid.high) << 64 | UInt128(uuid.low))
    }

    fileprivate var uuid: PostgresUUID {
        PostgresUUID(
            high: UInt64(truncatingIfNeeded: bits >> 64), low: UInt64(truncatingIfNeeded: bits))
    }
}

extension PostgresRow {
    fileprivate mutating func count() throws(PostgresError) -> Int64 {
        let count = try next(Int64.self)
        guard BookingLimits.counts.contains(count) else {
            throw .unreadable("a count is out of range")
        }
        return count
    }

    fileprivate mutating func id<ID: UUIDIdentifier>(_ type: ID.Type) throws(PostgresError) -> ID {
        ID(try next(PostgresUUID.self))
    }

    fileprivate mutating func instant() throws(PostgresError) -> Instant {
        Instant(try next(PostgresTimestamp.self))
    }

    fileprivate mutating func hold() throws(PostgresError) -> Hold? {
        let expiresAt = try next(PostgresTimestamp?.self)
        let extendableUntil = try next(PostgresTimestamp?.self)
        let isPaying = try next(Bool.self)
        guard let expiresAt, let extendableUntil else { return nil }
        return Hold(
            expiresAt: Instant(expiresAt), extendableUntil: Instant(extendableUntil),
            isPaying: isPaying)
    }

    /// `nil` where there is none, or where the items are no basket.
    fileprivate mutating func basket() throws(PostgresError) -> Basket? {
        let numbers = try next([Int16]?.self) ?? []
        let quantities = try next([Int16]?.self) ?? []
        let items = zip(numbers, quantities).compactMap { number, quantity -> BasketItem? in
            guard let number = TicketTypeNumber(Int(number)), let quantity = Quantity(Int(quantity))
            else { return nil }
            return BasketItem(ticketType: number, quantity: quantity)
        }
        return items.count == max(numbers.count, quantities.count) ? Basket(items) : nil
    }
}

extension Instant {
    fileprivate init(_ timestamp: PostgresTimestamp) {
        self.init(microsecondsSinceEpoch: timestamp.microsecondsSinceUnixEpoch)
    }
}

extension PostgresError {
    fileprivate static func unreadable(_ message: String) -> PostgresError {
        PostgresError(code: .decoding, message: message, isSafeToRetry: false)
    }
}
