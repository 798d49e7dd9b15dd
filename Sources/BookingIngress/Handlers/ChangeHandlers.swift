import BookingDomain
import HTTPTypes
import Hummingbird
import JSON
import ProblemDetails

/// Handles what changes a booking, and the changes themselves.
struct ChangeHandlers: Sendable {
    let changes: ChangeService

    func register(on routes: Routes) {
        routes.add(
            .post, "/v1/bookings/:booking/confirmation", for: .signedIn,
            drawingOn: .account(.submissions)
        ) { request, context in
            let draft = try ConfirmationDraft(try await request.jsonBodyIfAny())
            return try await change(draft.isPaying ? .pay : .confirm, request, context)
        }
        routes.add(
            .post, "/v1/bookings/:booking/extension", for: .signedIn,
            drawingOn: .account(.submissions)
        ) { request, context in
            _ = try EmptyDraft(try await request.jsonBodyIfAny())
            return try await change(.extend, request, context)
        }
        routes.add(
            .delete, "/v1/bookings/:booking", for: .signedIn, drawingOn: .account(.submissions)
        ) { request, context in try await change(.cancel, request, context) }
        routes.add(.get, "/v1/bookings/:booking/changes/:change", for: .signedIn) { _, context in
            try await show(context)
        }
    }

    private func change(
        _ verb: Command.Verb, _ request: Request, _ context: IngressContext
    ) async throws -> Response {
        let principal = try context.principal()
        let key = try request.idempotencyKey()
        // Whoever extends twice means it twice.
        if verb == .extend, key == nil {
            throw Problem(
                .badRequest, "idempotency-key-required",
                "An extension needs the header Idempotency-Key: a text of your own for this extension, "
                    + "sent again when you try again.")
        }
        let preferences = context.preferences
        let wish = ChangeService.Wish(verb: verb, idempotencyKey: key, wait: preferences.wait)
        let answer = try await changes.change(
            context.parameters.get("booking") ?? "", wish, by: principal,
            presence: context.presence)
        switch answer {
        case .already(let booking):
            return Response(.ok, booking, headers: preferences.applied)
        case .refused(let refusal, let booking):
            throw Problem(refusal, booking, headers: preferences.applied)
        case .change(let view):
            var headers = preferences.applied
            headers[.location] = "/v1/bookings/\(view.booking.id)/changes/\(view.id)"
            guard let decided = view.change else {
                headers[.retryAfter] = RetryAfter.pending
                return Response(.accepted, view, headers: headers)
            }
            if let refusal = decided.refusal {
                throw Problem(refusal, view.booking, headers: headers)
            }
            return Response(.ok, view.booking, headers: headers)
        }
    }

    private func show(_ context: IngressContext) async throws -> Response {
        let preferences = context.preferences
        let view = try await changes.status(
            of: context.parameters.get("change") ?? "",
            ofBooking: context.parameters.get("booking") ?? "", for: try context.principal(),
            wait: preferences.wait, presence: context.presence)
        var headers = preferences.applied
        if view.change == nil { headers[.retryAfter] = RetryAfter.pending }
        return Response(.ok, view, headers: headers)
    }
}

extension Request {
    /// The idempotency key; `nil` without one.
    fileprivate func idempotencyKey() throws(Problem) -> IdempotencyKey? {
        let values = headers[values: .idempotencyKey]
        guard let first = values.first else { return nil }
        guard values.count == 1, let key = IdempotencyKey(first) else {
            throw .invalidIdempotencyKey
        }
        return key
    }

    /// The body as JSON; an empty object when there is none.
    fileprivate func jsonBodyIfAny() async throws -> JSONValue {
        guard headers[.contentLength] ?? "0" != "0" || headers.contains(.transferEncoding) else {
            return .object([:])
        }
        return try await jsonBody()
    }
}

extension HTTPField.Name {
    static let idempotencyKey = known("Idempotency-Key")
}

extension Problem {
    /// A change that was refused, with its booking in the member `booking`.
    init(_ refusal: Change.Refusal, _ booking: BookingView, headers: HTTPFields) {
        let (status, slug, detail): (HTTPResponse.Status, String, String) =
            switch refusal {
            case .notConfirmable:
                (.conflict, "not-confirmable", "The booking is \(booking.status.rawValue).")
            case .holdExpired:
                (.conflict, "hold-expired", "The hold has expired, and its tickets are gone.")
            case .notExtendable:
                (
                    .conflict, "not-extendable",
                    booking.status == .held
                        ? "The booking is held as long as it can be."
                        : "The booking is \(booking.status.rawValue)."
                )
            case .notCancellable, .noBooking:
                (.conflict, "not-cancellable", "The booking is \(booking.status.rawValue).")
            case .undecodable:
                (
                    .unprocessableContent, "undecodable",
                    "The change could not be processed, and nothing was changed. "
                        + "Try again with a new Idempotency-Key."
                )
            }
        self.init(
            status, slug, detail, members: [ProblemMember("booking", booking)], headers: headers)
    }
}
