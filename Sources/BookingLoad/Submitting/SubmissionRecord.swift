/// What became of one request for tickets.
package enum SubmissionOutcome: Hashable, Sendable {
    /// It was accepted and has its outcome.
    case decided(BookingDocument)
    /// It was refused before it was accepted.
    case refused(status: Int, slug: String)
    /// It was accepted, and nobody has asked for its outcome.
    case open(id: String)
    /// It was accepted, and no outcome was to be had.
    case lost(id: String, seen: String)
    /// It was neither accepted nor refused in all the time it was pursued.
    case unanswered(seen: String)

    /// In one word: the outcome, or what happened instead of one.
    package var word: String {
        switch self {
        case .decided(let booking): booking.outcome
        case .refused(409, "sold-out"): "sold_out"
        case .refused(let status, let slug): "refused \(status) \(slug)"
        case .open: "open"
        case .lost: "lost"
        case .unanswered: "unanswered"
        }
    }
}

/// One request for tickets as its sender saw it; times are offsets from the beginning of its round.
package struct SubmissionRecord: Sendable {
    /// Who sent it, from 1.
    package let buyer: Int
    package let items: [BookingDocument.Item]
    package let sentAt: Duration
    /// When the first answer arrived that says it is in the line; `nil` when none did.
    package let acceptedAt: Duration?
    package let outcomeAt: Duration
    package let outcome: SubmissionOutcome
    /// Every id the answers named.
    package let ids: [String]
    /// Requests that had to be sent again, by what came of them.
    package let retries: [String: Int]

    package init(
        buyer: Int, items: [BookingDocument.Item], sentAt: Duration, acceptedAt: Duration?,
        outcomeAt: Duration, outcome: SubmissionOutcome, ids: [String],
        retries: [String: Int] = [:]
    ) {
        self.buyer = buyer
        self.items = items
        self.sentAt = sentAt
        self.acceptedAt = acceptedAt
        self.outcomeAt = outcomeAt
        self.outcome = outcome
        self.ids = ids
        self.retries = retries
    }

    /// The time from the first byte of the request to its outcome.
    package var latency: Duration { outcomeAt - sentAt }
}
