import BookingHistory
import BookingLoad
import NIOHTTP1

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

extension ChangeAnswer {
    /// What an answer to a request for a change, or to a look at one, says.
    init(_ answer: Answer) {
        let change = try? answer.decode(ChangeDocument.self)
        let location = answer.headers.first(name: "Location")
        let path = location?.split(separator: "/") ?? []
        let named = path.dropLast().last == "changes" ? path.last.map(String.init) : nil
        let said = BookingAnswer(answer)
        self.init(
            status: answer.status, change: change?.id ?? named, outcome: change?.status,
            reason: change?.reason, booking: change?.booking ?? said.booking,
            problem: said.problem)
    }

    /// A change as the API shows it; a booking has no booking in it.
    private struct ChangeDocument: Decodable {
        let id: String?
        let status: String
        let reason: String?
        let booking: AnsweredBooking
    }
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
