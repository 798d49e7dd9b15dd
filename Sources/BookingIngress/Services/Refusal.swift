/// Why a request is not done: the closed list of what a use case can answer instead of its result.
enum Refusal: Error, Hashable, Sendable {
    case emailTaken
    case wrongCredentials
    /// The present password, which a change of it needs, is wrong.
    case wrongPassword
    /// There is no token where one is needed.
    case signInFirst
    case invalidToken
    case expiredToken
    /// Only organizers may do this.
    case organizersOnly
    /// The organizer has so many events already that are not over.
    case tooManyEvents(Int)
    /// The account is that of an organizer with events that are not over.
    case organizingEvents
    /// Only the event's own organizer may see this.
    case notYourEvent
    case noSuchEvent
    case noSuchBooking
    case noSuchChange
    /// The event is not on sale.
    case eventClosed
    /// The items at these places name ticket types that the event does not have.
    case unknownTicketTypes([Int])
    /// The idempotency key was used for another basket.
    case keyReused
    /// Nothing is left of what is wished for.
    case soldOut
    /// The buyer has as much already as one may have.
    case limitExceeded
    /// So many wait for the event already that a newcomer should come again after some seconds.
    case lineTooLong(seconds: Int)
    /// What is asked for only a newer version can do, and not all who must are of it yet.
    case upgrading
    /// Something here has no room left; trying again a little later may succeed.
    case overloaded(Bottleneck)
    /// Something this needs does not answer.
    case unavailable(Dependency)
    /// The broker takes no messages now, for it is short of memory or disk.
    case brokerFull
    /// The request took too long.
    case deadlineExceeded
    /// Something went wrong here that no client can do anything about; it has been logged.
    case internalError
    /// The account or the address asked for too much of late.
    ///
    /// Indirect, so that a refusal stays small.
    indirect case quotaExceeded(QuotaExceeded)

    /// What can be full.
    enum Bottleneck: String, Sendable {
        case passwords, commands, waiters, events
    }

    /// What can be away.
    enum Dependency: String, Sendable {
        case database, broker
    }
}

extension Refusal {
    /// One word for the metrics.
    var label: String {
        switch self {
        case .emailTaken: "email_taken"
        case .wrongCredentials: "wrong_credentials"
        case .wrongPassword: "wrong_password"
        case .signInFirst, .invalidToken, .expiredToken: "unauthorized"
        case .organizersOnly, .notYourEvent: "forbidden"
        case .tooManyEvents: "too_many_events"
        case .organizingEvents: "organizing_events"
        case .noSuchEvent, .noSuchBooking, .noSuchChange: "not_found"
        case .eventClosed: "event_closed"
        case .unknownTicketTypes: "unknown_ticket_type"
        case .keyReused: "key_reused"
        case .soldOut: "sold_out"
        case .limitExceeded: "limit_exceeded"
        case .lineTooLong: "line_too_long"
        case .upgrading: "upgrading"
        case .overloaded: "overloaded"
        case .unavailable(.database): "database_unavailable"
        case .unavailable(.broker): "broker_unavailable"
        case .brokerFull: "broker_full"
        case .deadlineExceeded: "deadline_exceeded"
        case .internalError: "error"
        case .quotaExceeded: "quota_exceeded"
        }
    }
}
