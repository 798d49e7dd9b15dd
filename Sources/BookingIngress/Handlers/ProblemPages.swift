import HTTPTypes
import Hummingbird
import NIOCore
import ProblemDetails

/// Handles `/problems/<slug>`: what a problem's `type` means, for people.
struct ProblemPages: Sendable {
    private static let caching = "public, max-age=3600"

    func register(on routes: Routes) {
        routes.add(.get, "/problems/:slug") { _, context in
            guard let slug = context.parameters.get("slug"), let page = Self.text(of: slug) else {
                throw Problem(.notFound)
            }
            return Response(
                status: .ok,
                headers: [
                    .contentType: "text/plain; charset=utf-8", .cacheControl: Self.caching,
                ], body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
        }
    }

    /// The page of a problem; `nil` for one that there is not.
    static func text(of slug: String) -> String? {
        explanations[slug].map { "\(slug)\n\n\($0)\n" }
    }

    /// What each problem means, and what to do about it.
    static let explanations: [String: String] = accounts.merging(bookings) { first, _ in first }
        .merging(requests) { first, _ in first }.merging(conditions) { first, _ in first }

    private static let accounts = [
        "email-taken":
            "409: There is an account with this e-mail address, perhaps written in another way. "
            + "Sign in instead.",
        "wrong-credentials": "401: There is no account with this e-mail address and password.",
        "wrong-password": "403: currentPassword is not the account's password.",
        "unauthorized":
            "401: The call needs a session: POST /v1/sessions, then 'Authorization: Bearer <token>'.",
        "invalid-token":
            "401: The token is none that was issued here, or its account is gone. Sign in again.",
        "expired-token":
            "401: The session has ended: its time is over, it was signed out of, or the password was "
            + "changed. Sign in again.",
        "organizers-only": "403: The call is for accounts with the role 'organizer'.",
        "too-many-events":
            "409: The organizer has as many events as may be that are not over. An event is over at "
            + "its end, or a day after its start.",
        "organizing-events":
            "409: The account is that of an organizer with events that are not over; it can be "
            + "removed once they are.",
        "not-your-event": "403: Only the event's organizer may see this.",
    ]

    private static let bookings = [
        "event-closed": "409: The event is not on sale: closed, over, or not opened yet.",
        "sold-out": "409: Fewer tickets are left than were asked for. Nothing was booked.",
        "limit-exceeded":
            "409: The buyer would have more tickets of the event than one may have (maxPerUser).",
        "unknown-ticket-type": "422 or 409: The event has no such ticket type.",
        "deadline-passed": "409: The booking came too late to be decided. Nothing was booked.",
        "not-confirmable":
            "409: The booking is in no state that can be confirmed; the member 'booking' says which.",
        "hold-expired":
            "409: The hold is over, and its tickets went to others. Nothing was booked.",
        "not-extendable":
            "409: The booking is not held, or for as long as it can be; the member 'booking' says more.",
        "not-cancellable":
            "409: The booking is in no state that can be cancelled; the member 'booking' says which.",
        "not-booked": "409: Nothing was booked; the member 'booking' says more.",
        "undecodable":
            "422: The booking could not be processed, and nothing was booked. Try again with a new "
            + "Idempotency-Key.",
        "idempotency-key-required":
            "400: A submission needs the field Idempotency-Key: the same value makes a "
            + "repeated request the same booking.",
        "invalid-idempotency-key": "400: Idempotency-Key is one value of 1 to 255 characters.",
        "idempotency-key-reused":
            "422: This Idempotency-Key was used for another booking of the event.",
    ]

    private static let requests = [
        "forbidden": "403: This is not allowed.",
        "not-found": "404: There is nothing here, or nothing that you may see.",
        "method-not-allowed": "405: The field Allow says which methods the path has.",
        "invalid-request":
            "422: The member 'errors' says which fields of the body are wrong, and why.",
        "invalid-parameter":
            "400: A query parameter is wrong, or given twice; 'detail' says which.",
        "unknown-parameter":
            "400: The call has no query parameter of that name; none is passed over.",
        "invalid-cursor": "400: The cursor is none that this list has given out.",
        "malformed-json": "400: The body is not JSON (RFC 8259); 'detail' says where.",
        "malformed-request":
            "400: The request is not HTTP/1.1 as RFC 9112 has it; 'detail' says why.",
        "bad-request": "400: The request cannot be understood; 'detail' says why.",
        "invalid-host": "400: A request has one field Host.",
        "ambiguous-client":
            "400: Proxies in front contradict each other about the client's address.",
        "unsupported-media-type": "415: Bodies are 'application/json'.",
        "content-too-large": "413: A body may have 16 KiB, that of an event 64 KiB.",
        "head-too-large": "431: The head of a request may have 16 KiB.",
        "uri-too-long": "414: The target of the request is too long.",
        "request-timeout": "408: The request did not arrive in time.",
        "not-implemented": "501: The method, or the transfer coding, is not known here.",
        "version-not-supported": "505: Only HTTP/1.1 and HTTP/1.0 are spoken here.",
    ]

    private static let conditions = [
        "quota-exceeded":
            "429: The account or the address asked for too much in a short time. Retry-After says when "
            + "to come again; RateLimit and RateLimit-Policy say what is left of which budget.",
        "too-many-connections": "429: There are too many connections from this address.",
        "overloaded":
            "503: Too much is going on, or the event's line is too long. Come again after Retry-After, with "
            + "the same Idempotency-Key.",
        "unavailable":
            "503: A database or the broker does not answer, or takes no messages. Come again after "
            + "Retry-After, with the same Idempotency-Key.",
        "upgrading":
            "503: A new version is being rolled out, which this needs. Come again after Retry-After.",
        "deadline-exceeded":
            "503: The request took too long and was given up. With the same Idempotency-Key it can "
            + "be sent again.",
        "internal-error":
            "500: Something went wrong here that you can do nothing about; it was logged.",
    ]
}
