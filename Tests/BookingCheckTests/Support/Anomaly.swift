import BookingCheck
import BookingDomain
import BookingHistory
import Testing

/// Something that goes wrong in a run, and the rule that must notice.
struct Anomaly: Sendable, CustomTestStringConvertible {
    let rule: Rule
    let testDescription: String
    let plant: @Sendable (inout RunModel) throws -> Void

    init(
        _ rule: Rule, _ description: String,
        _ plant: @escaping @Sendable (inout RunModel) throws -> Void
    ) {
        self.rule = rule
        testDescription = description
        self.plant = plant
    }
}

/// A run in which there is no place for the anomaly; the seed must be another.
struct NoPlace: Error {}

extension RunModel {
    /// The first row that fulfils `condition`.
    func row(where condition: (Booking) -> Bool) throws -> Int {
        guard let index = tables.bookings.firstIndex(where: { condition($0.booking) }) else {
            throw NoPlace()
        }
        return index
    }

    /// Changes the first row that fulfils `condition`.
    mutating func changeRow(
        where condition: (Booking) -> Bool, _ change: (inout BookingDraft) -> Void
    ) throws {
        let index = try row(where: condition)
        var draft = BookingDraft(tables.bookings[index].booking)
        change(&draft)
        tables.bookings[index].booking = draft.booking
    }

    /// Changes the first entry that fulfils `condition`, in the page it stands in.
    mutating func changeEntry(
        where condition: (Entry) -> Bool, _ change: (inout EntryDraft) -> Void
    ) throws {
        for (index, stored) in tables.pages.enumerated() {
            guard var entries = stored.page.entries,
                let place = entries.firstIndex(where: condition)
            else { continue }
            var draft = EntryDraft(entries[place])
            change(&draft)
            entries[place] = draft.entry
            guard let page = LogPage(entries, of: stored.page.event) else { throw NoPlace() }
            tables.pages[index].page = page
            return
        }
        throw NoPlace()
    }

    /// The first entry that fulfils `condition`, with its event.
    func entry(where condition: (Entry) -> Bool) throws -> (event: EventID, entry: Entry) {
        for stored in tables.pages {
            if let entry = stored.page.entries?.first(where: condition) {
                return (stored.page.event, entry)
            }
        }
        throw NoPlace()
    }

    /// Changes the row of a booking.
    mutating func changeRow(of key: BookingKey, _ change: (inout BookingDraft) -> Void) throws {
        try changeRow(where: { $0.key == key }, change)
    }

    /// Changes the first change that fulfils `condition`.
    mutating func changeChange(
        where condition: (ChangeRecord) -> Bool, _ change: (inout ChangeRecord) -> Void
    ) throws {
        for (index, record) in records.enumerated() {
            guard case .change(var asked) = record, condition(asked) else { continue }
            change(&asked)
            records[index] = .change(asked)
            return
        }
        throw NoPlace()
    }

    /// Changes the first look at a change that fulfils `condition`.
    mutating func changeChangeLook(
        where condition: (ChangeLookRecord) -> Bool, _ change: (inout ChangeLookRecord) -> Void
    ) throws {
        for (index, record) in records.enumerated() {
            guard case .changeLook(var look) = record, condition(look) else { continue }
            change(&look)
            records[index] = .changeLook(look)
            return
        }
        throw NoPlace()
    }

    /// Changes the first submission that fulfils `condition`.
    mutating func changePost(
        where condition: (PostRecord) -> Bool, _ change: (inout PostRecord) -> Void
    ) throws {
        for (index, record) in records.enumerated() {
            guard case .post(var post) = record, condition(post) else { continue }
            change(&post)
            records[index] = .post(post)
            return
        }
        throw NoPlace()
    }

    /// Changes the first look that fulfils `condition`.
    mutating func changeGet(
        where condition: (GetRecord) -> Bool, _ change: (inout GetRecord) -> Void
    ) throws {
        for (index, record) in records.enumerated() {
            guard case .get(var get) = record, condition(get) else { continue }
            change(&get)
            records[index] = .get(get)
            return
        }
        throw NoPlace()
    }

    /// Whether some answer told the booking's id.
    func isAnswered(_ booking: Booking) -> Bool {
        records.contains { record in
            guard case .post(let post) = record else { return false }
            return post.answer?.booking.flatMap { BookingID($0.id)?.key } == booking.key
        }
    }
}

/// A booking whose members can be changed one by one.
struct BookingDraft {
    var key: BookingKey
    var event: EventID
    var user: UserID?
    var basket: Basket?
    var flags: BookingID.Flags
    var status: BookingStatus
    var reason: Reason?
    var sequence: Int64
    var asOfSequence: Int64
    var createdAt: Instant
    var decidedAt: Instant
    var hold: Hold?

    init(_ booking: Booking) {
        key = booking.key
        event = booking.event
        user = booking.user
        basket = booking.basket
        flags = booking.flags
        status = booking.status
        reason = booking.reason
        sequence = booking.sequence
        asOfSequence = booking.asOfSequence
        createdAt = booking.createdAt
        decidedAt = booking.decidedAt
        hold = booking.hold
    }

    var booking: Booking {
        Booking(
            key: key, event: event, user: user, basket: basket, flags: flags, status: status,
            reason: reason, sequence: sequence, asOfSequence: asOfSequence, createdAt: createdAt,
            decidedAt: decidedAt, hold: hold)
    }
}

/// An entry whose members can be changed one by one.
struct EntryDraft {
    var sequence: Int64
    var at: Instant
    var command: CommandID
    var acceptedAt: Instant?
    var body: Entry.Body

    init(_ entry: Entry) {
        sequence = entry.sequence
        at = entry.at
        command = entry.command
        acceptedAt = entry.acceptedAt
        body = entry.body
    }

    var entry: Entry {
        Entry(
            sequence: sequence, at: at, command: command, acceptedAt: acceptedAt, body: body)
    }
}

extension Entry {
    /// The bookings that lapse with it.
    var lapsing: [BookingKey] {
        if case .expire(let keys, _, _) = body { keys } else { [] }
    }

    /// The booking it is about, if it was applied as a change of that kind.
    func changes(by verb: Command.Verb) -> BookingKey? {
        if case .change(verb, let key, .applied) = body { key } else { nil }
    }

    /// Whether a basket was booked or held.
    var isGranted: Bool {
        switch body {
        case .book(_, _, .confirmed), .book(_, _, .held): true
        case .book(_, _, .rejected), .undecodable, .change, .expire: false
        }
    }

    var basket: Basket? { if case .book(let basket, _, _) = body { basket } else { nil } }
    var isHolding: Bool { if case .book(_, let holding, _) = body { holding } else { false } }
    var rejection: Reason? {
        if case .book(_, _, .rejected(let reason)) = body { reason } else { nil }
    }
}
