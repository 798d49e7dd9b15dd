import BookingDomain
import BookingStore
import HTTPTypes
import JSON
import ProblemDetails

/// Which page of a list is asked for: `?limit=` and `?cursor=`.
struct PageRequest<Cursor: PageCursor>: QueryParameters, Hashable {
    /// Items on a page, unless asked otherwise, and at most.
    static var limitDefault: Int { 20 }
    static var limitMax: Int { 100 }

    let cursor: Cursor?
    let limit: Int

    init(_ query: inout QueryReader) throws(Problem) {
        if let limit = query["limit"] {
            // One way to write a number: no sign, no blank, no zero before it.
            guard let number = Int(limit), String(number) == limit,
                (1...Self.limitMax).contains(number)
            else {
                throw Problem(
                    .badRequest, "invalid-parameter",
                    "The parameter limit must be a number from 1 to \(Self.limitMax).")
            }
            self.limit = number
        } else {
            limit = Self.limitDefault
        }
        if let token = query["cursor"] {
            // Exactly as it was given out.
            guard let place = Cursor(token: token[...]), place.token == token else {
                throw Problem(
                    .badRequest, "invalid-cursor",
                    "The parameter cursor must be the nextCursor of an earlier page of this list.")
            }
            cursor = place
        } else {
            cursor = nil
        }
    }
}

/// One page of a list.
struct Page<Item: Sendable & JSONWritable>: Sendable, JSONWritable {
    let items: [Item]
    /// The token of the next page's cursor; `nil` on the last page.
    let nextCursor: String?

    /// A page of the first `limit` of `rows`; that there are more shows that a next page follows.
    init<Row, Cursor: PageCursor>(
        _ rows: [Row], limit: Int, cursor: (Row) -> Cursor, item: (Row) throws -> Item?
    ) rethrows {
        let shown = rows.prefix(limit)
        items = try shown.compactMap(item)
        nextCursor = rows.count > limit ? shown.last.map { cursor($0).token } : nil
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("items")
            writer.array { writer in
                for item in items { item.write(to: &writer) }
            }
            if let nextCursor {
                writer.name("nextCursor")
                writer.string(nextCursor)
            }
        }
    }
}

/// A place in a list, as a token that clients hand back unread.
///
/// The token's first letter names the list, so that one list's cursor is not taken for another's.
protocol PageCursor: Hashable, Sendable {
    init?(token: Substring)
    var token: String { get }
}

/// Events are listed by their ids, newest first.
struct EventCursor: PageCursor {
    let event: EventID

    init(_ event: EventID) { self.event = event }

    init?(token: Substring) {
        guard token.first == "e", let event = EventID(token.dropFirst()) else { return nil }
        self.event = event
    }

    var token: String { "e\(event)" }
}

/// A user's bookings are listed by the time of their acceptance, newest first.
extension BookingCursor: PageCursor {
    init?(token: Substring) {
        let parts = token.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        guard token.first == "u", parts.count == 2, let microseconds = Int64(parts[0]),
            // As late as there may be timestamps, so that the database can read it.
            BookingLimits.microseconds.contains(microseconds), let key = BookingKey(parts[1])
        else { return nil }
        self.init(createdAt: Instant(microsecondsSinceEpoch: microseconds), key: key)
    }

    var token: String { "u\(createdAt.microsecondsSinceEpoch).\(key)" }
}

/// A cursor into an event's bookings, which are listed by sequence.
struct SequenceCursor: PageCursor {
    let sequence: Int64

    init(sequence: Int64) { self.sequence = sequence }

    init?(token: Substring) {
        guard token.first == "s", let sequence = Int64(token.dropFirst()), sequence >= 0 else {
            return nil
        }
        self.sequence = sequence
    }

    var token: String { "s\(sequence)" }
}
