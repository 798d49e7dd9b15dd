/// Where a booking stands.
///
///     pending    → confirmed | held | waitlisted | rejected | failed
///     waitlisted → held | confirmed | cancelled
///     held       → confirmed | expired | cancelled
///     confirmed  → cancelled
package enum BookingStatus: String, Hashable, Sendable, CaseIterable {
    case pending, confirmed, held, waitlisted, rejected, cancelled, expired, failed

    /// Whether a booking may go from this status to `next`.
    package func canBecome(_ next: BookingStatus) -> Bool {
        switch self {
        case .pending: [.confirmed, .held, .waitlisted, .rejected, .failed].contains(next)
        case .waitlisted: [.held, .confirmed, .cancelled].contains(next)
        case .held: [.confirmed, .expired, .cancelled].contains(next)
        case .confirmed: next == .cancelled
        case .rejected, .cancelled, .expired, .failed: false
        }
    }
}

/// Why a booking was rejected or failed.
package enum Reason: String, Hashable, Sendable, CaseIterable {
    case soldOut = "sold_out"
    case limitExceeded = "limit_exceeded"
    case eventClosed = "event_closed"
    case unknownTicketType = "unknown_ticket_type"
    case deadlinePassed = "deadline_passed"
    case undecodable
}
