/// The time between sending a request and having its answer, or between a fault's begin and end.
///
/// Microseconds of a monotonic clock since the run began.
package struct Span: Hashable, Sendable {
    package var start: Int64
    package var end: Int64

    package init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }
}

/// A booking that was sent once: `POST /v1/events/{event}/bookings`.
package struct PostRecord: Codable, Hashable, Sendable {
    /// Which of the drill's clients sent it.
    package var client: Int
    package var user: String
    package var event: String
    /// The `Idempotency-Key`; a request that is sent again keeps it.
    package var key: String
    package var items: [ItemDocument]
    /// Whether it was asked to be held; `nil` from programs that knew no holds.
    package var hold: Bool?
    /// From 1; how often it has now been sent under this key.
    package var attempt: Int
    /// Microseconds since the run began.
    package var start: Int64
    package var end: Int64
    /// `nil` when none came: it may or may not have been taken.
    package var answer: BookingAnswer?
    /// Whether its sender meant to hang up before an answer could be expected.
    package var isHasty: Bool

    package init(
        client: Int, user: String, event: String, key: String, items: [ItemDocument],
        hold: Bool? = nil, attempt: Int, span: Span, answer: BookingAnswer?, isHasty: Bool = false
    ) {
        self.client = client
        self.user = user
        self.event = event
        self.key = key
        self.items = items
        self.hold = hold
        self.attempt = attempt
        start = span.start
        end = span.end
        self.answer = answer
        self.isHasty = isHasty
    }
}

/// A look at a booking: `GET /v1/bookings/{booking}`.
package struct GetRecord: Codable, Hashable, Sendable {
    /// The public id of the booking.
    package var booking: String
    package var user: String
    /// Microseconds since the run began.
    package var start: Int64
    package var end: Int64
    /// `nil` when none came.
    package var answer: BookingAnswer?

    package init(booking: String, user: String, span: Span, answer: BookingAnswer?) {
        self.booking = booking
        self.user = user
        start = span.start
        end = span.end
        self.answer = answer
    }
}

/// A look at an event: `GET /v1/events/{event}`.
package struct EventRecord: Codable, Hashable, Sendable {
    package var event: String
    /// Which of the ingress instances was asked, from 0.
    package var instance: Int
    /// Microseconds since the run began.
    package var start: Int64
    package var end: Int64
    /// `nil` when none came.
    package var answer: EventAnswer?

    package init(event: String, instance: Int, span: Span, answer: EventAnswer?) {
        self.event = event
        self.instance = instance
        start = span.start
        end = span.end
        self.answer = answer
    }
}

/// A fault that the drill injected.
package struct FaultRecord: Codable, Hashable, Sendable {
    package var name: String
    /// Microseconds since the run began.
    package var start: Int64
    package var end: Int64
    /// What it hit, for people.
    package var note: String

    package init(name: String, span: Span, note: String) {
        self.name = name
        start = span.start
        end = span.end
        self.note = note
    }
}
