import BookingDomain
import HTTPTypes
import JSON
import ProblemDetails

extension Problem {
    /// A submission whose booking did not come about, with the booking in the member `booking`.
    init(_ booking: BookingView, headers: HTTPFields) {
        let (status, slug, detail): (HTTPResponse.Status, String, String) =
            switch booking.reason {
            case .soldOut: (.conflict, "sold-out", "There are not enough tickets left.")
            case .limitExceeded:
                (.conflict, "limit-exceeded", "This is more than one person may book.")
            case .eventClosed: (.conflict, "event-closed", "The event is not on sale.")
            case .unknownTicketType:
                (.conflict, "unknown-ticket-type", "The event has no such ticket type.")
            case .deadlinePassed: (.conflict, "deadline-passed", "It came too late to be decided.")
            case .undecodable:
                // Neither the client's fault nor to be mended by sending it again: it failed for
                // good under this key, and nothing was booked.
                (
                    .unprocessableContent, "undecodable",
                    "The booking could not be processed, and nothing was booked. "
                        + "Try again with a new Idempotency-Key."
                )
            case nil: (.conflict, "not-booked", "Nothing was booked.")
            }
        self.init(
            status, slug, detail, members: [ProblemMember("booking", booking)], headers: headers)
    }
}
