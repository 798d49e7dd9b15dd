/// Where a booking stands.
///
///     pending    → confirmed | held | waitlisted | rejected | failed
///     waitlisted → held | confirmed | cancelled | expired
///     held       → confirmed | expired | cancelled
///     confirmed  → cancelled
///     expired    → confirmed
package enum BookingStatus: String, Hashable, Sendable, CaseIterable {
    case pending, confirmed, held, waitlisted, rejected, cancelled, expired, failed

    /// Whether a booking stays in this status for ever.
    package var isFinal: Bool {
        switch self {
        case .rejected, .cancelled, .failed: true
        case .pending, .confirmed, .held, .waitlisted, .expired: false
        }
    }

    /// Whether a booking may go from this status to `next`.
    package func canBecome(_ next: BookingStatus) -> Bool {
        switch self {
        case .pending: [.confirmed, .held, .waitlisted, .rejected, .failed].contains(next)
        case .waitlisted: [.held, .confirmed, .cancelled, .expired].contains(next)
        case .held: [.confirmed, .expired, .cancelled].contains(next)
        case .confirmed: next == .cancelled
        case .expired: next == .confirmed
        case .rejected, .cancelled, .failed: false
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
