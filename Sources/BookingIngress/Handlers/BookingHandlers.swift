import BookingDomain
import BookingStore
import HTTPTypes
import Hummingbird
import JSON
import ProblemDetails

/// `/v1/bookings`, and the bookings of an event and of a user; submissions are a ``SubmissionHandler``'s.
struct BookingHandlers: Sendable {
    let bookings: BookingService

    func register(on routes: Routes) {
        routes.add(
            .get, "/v1/bookings/:booking", taking: AfterSequence.self, for: .signedIn
        ) { _, context, after in try await show(after, context) }
        routes.add(
            .get, "/v1/users/me/bookings", taking: BookingsRequest.self, for: .signedIn
        ) { _, context, page in try await mine(page, context) }
        routes.add(
            .get, "/v1/events/:event/bookings", taking: PageRequest<SequenceCursor>.self,
            for: .signedIn
        ) { _, context, page in try await ofEvent(page, context) }
    }

    private func show(_ after: AfterSequence, _ context: IngressContext) async throws -> Response {
        let preferences = context.preferences
        let principal = try context.principal()
        let booking = try await bookings.booking(
            context.parameters.get("booking") ?? "", for: principal, wait: preferences.wait,
            after: after.sequence, presence: context.presence)
        var headers = preferences.applied
        if booking.status == .pending { headers[.retryAfter] = RetryAfter.pending }
        return Response(.ok, booking, headers: headers)
    }

    private func mine(
        _ request: BookingsRequest, _ context: IngressContext
    ) async throws -> Response {
        let principal = try context.principal()
        let page = request.page
        let rows = try await bookings.bookings(
            of: principal, in: request.status, before: page.cursor, limit: page.limit + 1)
        let events = await bookings.events(of: rows)
        return Response(
            .ok,
            Page(
                rows, limit: page.limit,
                cursor: { BookingCursor(createdAt: $0.createdAt, key: $0.key) },
                item: { booking in
                    bookings.view(booking).map {
                        ListedBooking(booking: $0, event: events[booking.event])
                    }
                }))
    }

    private func ofEvent(
        _ page: PageRequest<SequenceCursor>, _ context: IngressContext
    ) async throws -> Response {
        let principal = try context.principal()
        let rows = try await bookings.bookings(
            of: try context.eventID(), for: principal, after: page.cursor?.sequence ?? 0,
            limit: page.limit + 1)
        return answer(rows, limit: page.limit) { SequenceCursor(sequence: $0.sequence) }
    }

    private func answer<Cursor: PageCursor>(
        _ rows: [Booking], limit: Int, cursor: (Booking) -> Cursor
    ) -> Response {
        let page = Page(rows, limit: limit, cursor: cursor, item: bookings.view)
        return Response(.ok, page)
    }
}

extension Preferences {
    /// How long to wait for an outcome, if at all.
    var wait: Duration? { waitSeconds.map { .seconds($0) } }

    /// The header that says which preference was heeded.
    var applied: HTTPFields {
        var fields = HTTPFields()
        fields.reserveCapacity(Self.replyFields)
        if let waitSeconds { fields[.preferenceApplied] = "wait=" + String(waitSeconds) }
        return fields
    }

    /// How many fields there are in a reply, mostly: room for them is made once.
    private static let replyFields = 8
}
