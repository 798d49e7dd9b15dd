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
    var status: BookingStatus
    var reason: Reason?
    var sequence: Int64
    var createdAt: Instant
    var decidedAt: Instant

    init(_ booking: Booking) {
        key = booking.key
        event = booking.event
        user = booking.user
        basket = booking.basket
        status = booking.status
        reason = booking.reason
        sequence = booking.sequence
        createdAt = booking.createdAt
        decidedAt = booking.decidedAt
    }

    var booking: Booking {
        Booking(
            key: key, event: event, user: user, basket: basket, status: status, reason: reason,
            sequence: sequence, createdAt: createdAt, decidedAt: decidedAt)
    }
}
