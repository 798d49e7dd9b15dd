import BookingDomain
import BookingStore
import HTTPTypes
import Hummingbird
import JSON
import ProblemDetails

/// `/v1/bookings`, and the bookings of an event and of a user.
struct BookingHandlers: Sendable {
    let submissions: SubmissionService
    let bookings: BookingService
    let authentication: Authentication

    /// Where bookings are submitted.
    static let submissionPath = RouterPath("/v1/events/:event/bookings")

    func register(on routes: Routes) {
        routes.add(.post, Self.submissionPath) { request, context in
            try await submit(request, context)
        }
        routes.add(.get, "/v1/bookings/:booking") { request, context in
            try await show(request, context)
        }
        routes.add(.get, "/v1/users/me/bookings") { request, _ in try await mine(request) }
        routes.add(.get, "/v1/events/:event/bookings") { request, context in
            try await ofEvent(request, context)
        }
    }

    private func submit(_ request: Request, _ context: IngressContext) async throws -> Response {
        let preferences = context.preferences
        let principal = try await authentication.principal(of: request)
        let event = try context.eventID()
        let key = try request.idempotencyKey()
        let draft = try BookingDraft(try await request.jsonBody())
        let wish = SubmissionService.Wish(
            user: principal.user, event: event, idempotencyKey: key, items: draft.items)
        let booking = try await submissions.submit(wish, wait: preferences.wait)
        return Response(try Reply(submitted: booking, preferences))
    }

    private func show(_ request: Request, _ context: IngressContext) async throws -> Response {
        let preferences = context.preferences
        let principal = try await authentication.principal(of: request)
        let booking = try await bookings.booking(
            context.parameters.get("booking") ?? "", for: principal, wait: preferences.wait)
        var headers = preferences.applied
        if booking.status == .pending { headers[.retryAfter] = RetryAfter.pending }
        return Response(.ok, booking, headers: headers)
    }

    private func mine(_ request: Request) async throws -> Response {
        let principal = try await authentication.principal(of: request)
        let page = try request.page(of: BookingCursor.self)
        let rows = try await bookings.bookings(
            of: principal, before: page.cursor, limit: page.limit + 1)
        return answer(rows, limit: page.limit) {
            BookingCursor(createdAt: $0.createdAt, key: $0.key)
        }
    }

    private func ofEvent(_ request: Request, _ context: IngressContext) async throws -> Response {
        let principal = try await authentication.principal(of: request)
        let page = try request.page(of: LineCursor.self)
        let rows = try await bookings.bookings(
            of: try context.eventID(), for: principal, after: page.cursor?.sequence ?? 0,
            limit: page.limit + 1)
        return answer(rows, limit: page.limit) { LineCursor(sequence: $0.sequence) }
    }

    private func answer<Cursor: PageCursor>(
        _ rows: [Booking], limit: Int, cursor: (Booking) -> Cursor
    ) -> Response {
        let page = Page(rows, limit: limit, cursor: cursor, item: bookings.view)
        return Response(.ok, page)
    }
}

extension Reply {
    /// The answer to a submission.
    init(submitted booking: BookingView, _ preferences: Preferences) throws(Problem) {
        var headers = preferences.applied
        headers[.location] = "/v1/bookings/\(booking.id)"
        switch booking.status {
        case .pending:
            headers[.retryAfter] = RetryAfter.pending
            self.init(.accepted, booking, headers: headers)
        case .confirmed, .held, .waitlisted:
            self.init(.created, booking, headers: headers)
        // The booking is there, but this submission is an old one sent again.
        case .cancelled, .expired:
            self.init(.ok, booking, headers: headers)
        case .rejected, .failed:
            throw Problem(booking, headers: headers)
        }
    }
}

extension Preferences {
    /// How long to wait for an outcome, if at all.
    var wait: Duration? { waitSeconds.map { .seconds($0) } }

    /// The header that says which preference was heeded.
    fileprivate var applied: HTTPFields {
        guard let waitSeconds else { return [:] }
        return [.preferenceApplied: "wait=\(waitSeconds)"]
    }
}
