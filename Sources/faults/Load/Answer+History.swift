import BookingHistory
import BookingLoad

extension BookingAnswer {
    /// What an answer of the submission or the status resource says.
    init(_ answer: Answer) {
        let problem = answer.status >= 400 ? answer.slug : nil
        let booking =
            problem == nil
            ? try? answer.decode(AnsweredBooking.self)
            : try? answer.decode(Rejection.self).booking
        self.init(status: answer.status, booking: booking, problem: problem)
    }

    /// A problem that carries the booking it is about.
    private struct Rejection: Decodable {
        let booking: AnsweredBooking
    }

    /// The id under which the booking was accepted, if it was.
    var acceptedID: String? { booking?.id }

    /// Whether the same request may be taken when it is sent again.
    var isWorthARetry: Bool { acceptedID == nil && (status == 429 || status >= 500) }
}

extension EventAnswer {
    init(_ answer: Answer) {
        let types = (try? answer.decode(EventDocument.self))?.ticketTypes ?? []
        self.init(
            status: answer.status,
            available: Dictionary(
                types.map { ($0.id, $0.available) }, uniquingKeysWith: { _, last in last }))
    }
}
