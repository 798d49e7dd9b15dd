import BookingDomain
import JSON

/// One page of the public list of events.
struct EventPage: JSONWritable, Sendable {
    /// A page ends early behind the event with which it reaches this size: who follows its cursor gets them
    /// all.
    static let bytesMax = 256 * 1024

    private let rows: [Event]
    private let limit: Int

    /// A page of the first `limit` of `rows`, or fewer; that there are more shows that a next page follows.
    init(_ rows: [Event], limit: Int) {
        self.rows = rows
        self.limit = limit
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            let start = writer.text.count
            var shown = 0
            writer.name("items")
            writer.array { writer in
                for event in rows.prefix(limit) where writer.text.count - start < Self.bytesMax {
                    EventView(event).write(to: &writer)
                    shown += 1
                }
            }
            if shown < rows.count, shown > 0 {
                writer.name("nextCursor")
                writer.string(EventCursor(rows[shown - 1].id).token)
            }
        }
    }
}
