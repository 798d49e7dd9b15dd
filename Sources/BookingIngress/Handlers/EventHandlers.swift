import BookingDomain
import HTTPTypes
import Hummingbird
import JSON

/// Handles `/v1/events`.
struct EventHandlers: Sendable {
    /// How events may be cached by others, who hear no outcomes.
    private static let publicCaching = "public, max-age=1"

    let events: EventService
    let pages: EventPages
    let rendered: RenderedEvents

    func register(on routes: Routes) {
        routes.add(.post, "/v1/events", for: .signedIn, drawingOn: .account(.events)) {
            request, context in
            try await create(request, context)
        }
        routes.add(.get, "/v1/events", taking: PageRequest<EventCursor>.self) { _, _, page in
            try await list(page)
        }
        routes.add(.get, "/v1/events/:event") { request, context in
            try await show(request, context)
        }
    }

    private func create(_ request: Request, _ context: IngressContext) async throws -> Response {
        let principal = try context.principal()
        guard principal.role == .organizer else { throw Refusal.organizersOnly }
        let draft = try EventDraft(try await request.jsonBody())
        try draft.refuseIfOver(at: events.now)
        let event = try await events.create(draft, by: principal)
        return Response(.created, EventView(event), headers: [.location: "/v1/events/\(event.id)"])
    }

    private func list(_ page: PageRequest<EventCursor>) async throws -> Response {
        let place = EventPages.Place(cursor: page.cursor?.event, limit: page.limit)
        return Response(
            .ok, json: try await pages.body(at: place), headers: [.cacheControl: Self.publicCaching]
        )
    }

    private func show(_ request: Request, _ context: IngressContext) async throws -> Response {
        let principal = try context.caller.get()
        let event = try await events.event(try context.eventID(), for: principal)
        let tag = "\"\(event.version)\""
        let headers: HTTPFields = [
            .eTag: tag,
            .cacheControl: event.status == .draft ? "private, no-cache" : Self.publicCaching,
        ]
        if request.hasSeen(tag) { return Response(status: .notModified, headers: headers) }
        return Response(.ok, json: rendered.body(of: event), headers: headers)
    }
}

extension IngressContext {
    /// The event that the path names.
    func eventID() throws(Refusal) -> EventID {
        guard let id = parameters.get("event").flatMap({ EventID($0) }) else {
            throw Refusal.noSuchEvent
        }
        return id
    }
}

extension Request {
    /// Whether `If-None-Match` names this entity tag, compared weakly as RFC 9110 wants it for a GET.
    fileprivate func hasSeen(_ tag: String) -> Bool {
        headers[values: .ifNoneMatch].flatMap { $0.split(separator: ",") }.contains { candidate in
            let candidate = candidate.filter { $0 != " " && $0 != "\t" }
            return candidate == "*" || candidate == tag || candidate == "W/\(tag)"
        }
    }
}
