/// What an answer of the submission or the status resource means to whoever pursues a booking.
enum SubmissionAnswer: Hashable, Sendable {
    /// It is in the line: 202, or a status that is still pending.
    case accepted(BookingDocument, retryAfter: Duration?)
    /// It has its outcome.
    case decided(BookingDocument)
    /// The same request may succeed later.
    case later(status: Int, retryAfter: Duration?)
    /// It will never be taken.
    case refused(status: Int, slug: String)
}

extension SubmissionAnswer {
    /// Reads an answer; one that has no meaning in the contract throws ``LoadError`` `.unreadable`.
    init(_ answer: Answer) throws(LoadError) {
        switch answer.status {
        case 200, 201, 202:
            let booking = try answer.decode(BookingDocument.self)
            self =
                booking.isPending
                ? .accepted(booking, retryAfter: answer.retryAfter) : .decided(booking)
        case 409:
            let rejection = try? answer.decode(RejectionDocument.self)
            self =
                rejection.map { .decided($0.booking) }
                ?? .refused(status: 409, slug: answer.slug)
        case 429, 503:
            self = .later(status: answer.status, retryAfter: answer.retryAfter)
        default:
            self = .refused(status: answer.status, slug: answer.slug)
        }
    }
}
