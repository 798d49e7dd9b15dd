/// What was asked of a booking.
package enum ChangeVerb: String, Codable, Hashable, Sendable, CaseIterable {
    /// `POST …/confirmation`, and with `paying`.
    case confirm, pay
    /// `POST …/extension`.
    case extend
    /// `DELETE`.
    case cancel
}

/// A change that was asked for once: `POST /v1/bookings/{booking}/confirmation` and the like.
package struct ChangeRecord: Codable, Hashable, Sendable {
    /// The public id of the booking.
    package var booking: String
    package var user: String
    package var verb: ChangeVerb
    /// The `Idempotency-Key`, if one was sent; a request that is sent again keeps it.
    package var key: String?
    /// From 1; how often it has now been sent under this key.
    package var attempt: Int
    /// Microseconds since the run began.
    package var start: Int64
    package var end: Int64
    /// `nil` when none came: it may or may not have been taken.
    package var answer: ChangeAnswer?

    package init(
        booking: String, user: String, verb: ChangeVerb, key: String?, attempt: Int, span: Span,
        answer: ChangeAnswer?
    ) {
        self.booking = booking
        self.user = user
        self.verb = verb
        self.key = key
        self.attempt = attempt
        start = span.start
        end = span.end
        self.answer = answer
    }
}

/// A look at a change: `GET /v1/bookings/{booking}/changes/{change}`.
package struct ChangeLookRecord: Codable, Hashable, Sendable {
    /// The public id of the booking.
    package var booking: String
    package var user: String
    /// The public id of the change.
    package var change: String
    /// Microseconds since the run began.
    package var start: Int64
    package var end: Int64
    /// `nil` when none came.
    package var answer: ChangeAnswer?

    package init(booking: String, user: String, change: String, span: Span, answer: ChangeAnswer?) {
        self.booking = booking
        self.user = user
        self.change = change
        start = span.start
        end = span.end
        self.answer = answer
    }
}

/// The answer to a change that was asked for, or to a look at one.
package struct ChangeAnswer: Codable, Hashable, Sendable {
    package var status: Int
    /// The change's public id, from the body or the `Location`; `nil` where the answer names none.
    package var change: String?
    /// `pending`, `applied` or `refused`, where the body is a change.
    package var outcome: String?
    /// Why it was refused, where the body is a change.
    package var reason: String?
    /// The booking, also the one inside a problem; `nil` where the answer has none.
    package var booking: AnsweredBooking?
    /// The last part of the problem's type, like `hold-expired`.
    package var problem: String?

    package init(
        status: Int, change: String? = nil, outcome: String? = nil, reason: String? = nil,
        booking: AnsweredBooking? = nil, problem: String? = nil
    ) {
        self.status = status
        self.change = change
        self.outcome = outcome
        self.reason = reason
        self.booking = booking
        self.problem = problem
    }
}
