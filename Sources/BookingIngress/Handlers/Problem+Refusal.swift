import HTTPTypes
import JSON
import ProblemDetails

extension Problem {
    /// What a refusal is to the client: the whole list of what the use cases can answer with.
    init(_ refusal: Refusal) {
        switch refusal {
        case .emailTaken:
            self.init(.conflict, "email-taken", "There is an account with this e-mail address.")
        case .wrongCredentials:
            self.init(unauthorized: "wrong-credentials", "E-mail address or password is wrong.")
        case .wrongPassword:
            self.init(.forbidden, "wrong-password", "The current password is wrong.")
        case .signInFirst:
            self.init(unauthorized: "unauthorized", "This needs a session token.")
        case .invalidToken:
            self.init(
                unauthorized: "invalid-token", "The session token is not valid.",
                challenge: Self.invalidToken)
        case .expiredToken:
            self.init(
                unauthorized: "expired-token", "The session has ended: sign in again.",
                challenge: Self.invalidToken)
        case .organizersOnly:
            self.init(.forbidden, "organizers-only", "Only organizers may do this.")
        case .tooManyEvents(let max):
            self.init(
                .conflict, "too-many-events",
                "You have \(max) events that are not over; no more can be made until one is.")
        case .organizingEvents:
            self.init(
                .conflict, "organizing-events",
                "You have events that are not over; the account can be removed once they are.")
        case .notYourEvent:
            self.init(.forbidden, "not-your-event", "Only the event's organizer may see this.")
        case .noSuchEvent:
            self.init(.notFound, "not-found", "There is no such event.")
        case .noSuchBooking:
            self.init(.notFound, "not-found", "There is no such booking.")
        case .noSuchChange:
            self.init(.notFound, "not-found", "There is no such change.")
        case .eventClosed:
            self.init(.conflict, "event-closed", "The event is not on sale.")
        case .unknownTicketTypes(let indexes):
            self.init(unknownTicketTypes: indexes)
        case .keyReused:
            self.init(
                .unprocessableContent, "idempotency-key-reused",
                "This Idempotency-Key was used for another booking of the event.")
        case .soldOut:
            self.init(.conflict, "sold-out", "There are no tickets left.")
        case .limitExceeded:
            self.init(.conflict, "limit-exceeded", "This is more than one person may book.")
        case .lineTooLong(let seconds):
            self.init(
                retryLater: "overloaded", "The event's line is too long now.", after: "\(seconds)")
        case .upgrading:
            self.init(
                retryLater: "upgrading", "A new version is being rolled out, which this needs.",
                after: RetryAfter.upgrade)
        case .overloaded(let bottleneck):
            self.init(
                retryLater: "overloaded", "Too much is going on here (\(bottleneck.words)).")
        case .unavailable(let dependency):
            self.init(
                retryLater: "unavailable", "The \(dependency.rawValue) does not answer now.")
        case .brokerFull:
            self.init(retryLater: "unavailable", "The broker takes no messages now.")
        case .deadlineExceeded:
            self.init(retryLater: "deadline-exceeded", "This took too long and was given up.")
        case .internalError: self.init(.internalServerError)
        case .quotaExceeded(let quota):
            self.init(quota)
        }
    }

    /// A 401, with the challenge that RFC 9110 wants in it.
    private init(unauthorized slug: String, _ detail: String, challenge: String = "Bearer") {
        self.init(.unauthorized, slug, detail, headers: [.wwwAuthenticate: challenge])
    }

    /// The challenge to a token that was given, but counts for nothing (RFC 6750, 3.1).
    private static let invalidToken = #"Bearer error="invalid_token""#

    /// A 503 that says when to try again.
    private init(
        retryLater slug: String, _ detail: String, after seconds: String = RetryAfter.unavailable
    ) {
        self.init(.serviceUnavailable, slug, detail, headers: [.retryAfter: seconds])
    }

    /// A 429 that says when to try again, and which budgets are spent.
    private init(_ quota: QuotaExceeded) {
        var headers: HTTPFields = [.retryAfter: "\(quota.retrySeconds)"]
        quota.fields.add(to: &headers)
        self.init(
            .tooManyRequests, "quota-exceeded",
            "This is more than one may ask for in so short a time.",
            members: [
                ProblemMember(
                    "violated-policies", JSONValue.array(quota.policies.map(JSONValue.string)))
            ], headers: headers)
    }

    private init(unknownTicketTypes indexes: [Int]) {
        self.init(
            .unprocessableContent, "unknown-ticket-type",
            "The event has no such ticket type.",
            errors: indexes.map { index in
                InvalidField(
                    pointer: "/items/\(index)/ticketTypeId",
                    detail: "is not a ticket type of this event")
            })
    }
}

extension Refusal.Bottleneck {
    fileprivate var words: String {
        switch self {
        case .passwords: "signing in"
        case .commands: "bookings"
        case .waiters: "waiting for outcomes"
        case .events: "looking up events"
        }
    }
}

/// When to come again, in seconds.
enum RetryAfter {
    /// After an answer of 503.
    static let unavailable = "1"
    /// While versions change.
    static let upgrade = "10"
    /// To look at a pending booking.
    static let pending = "1"
    /// To connect again.
    static let connection = "1"
}
