import FoundationEssentials
import NIOHTTP1

/// Somebody signed in.
package struct Session: Sendable {
    package let token: String
    package let user: UserDocument
}

extension BookingClient {
    /// Registers a user and signs in.
    package func signUp(
        email: String, name: String, role: String, password: String, at instance: Int = 0,
        as client: Int? = nil
    ) async throws(LoadError) -> Session {
        let registration = RegistrationDocument(
            email: email, name: name, password: password, role: role)
        let registered = try await send(
            .POST, "/v1/users", to: instance, document: registration, as: client)
        let user = try registered.expect(201, UserDocument.self)
        let credentials = CredentialsDocument(email: email, password: password)
        let session = try await send(
            .POST, "/v1/sessions", to: instance, document: credentials, as: client)
        return Session(token: try session.expect(201, SessionDocument.self).token, user: user)
    }

    /// Creates an event on sale with one ticket type for each capacity.
    package func createEvent(
        title: String, capacities: [Int], organizer: Session, at instance: Int = 0
    ) async throws(LoadError) -> EventDocument {
        let ticketTypes = capacities.enumerated().map { index, capacity in
            NewEventDocument.TicketType(name: "Area \(index + 1)", capacity: capacity)
        }
        let inAMonth = Date.now.addingTimeInterval(30 * 86_400)
        let document = NewEventDocument(
            title: title, startsAt: inAMonth.formatted(.iso8601), ticketTypes: ticketTypes)
        let answer = try await send(
            .POST, "/v1/events", to: instance, token: organizer.token, document: document)
        return try answer.expect(201, EventDocument.self)
    }

    package func event(_ id: String, at instance: Int = 0) async throws(LoadError) -> EventDocument
    {
        let answer = try await send(
            .GET, "/v1/events/\(id)", to: instance, headers: ["Cache-Control": "no-cache"])
        return try answer.expect(200, EventDocument.self)
    }

    /// Sends a booking; `waitSeconds` zero asks for no wait.
    package func submit(
        _ body: [UInt8], to event: String, key: String, buyer: Session, waitSeconds: Int,
        at instance: Int = 0
    ) async throws(LoadError) -> Answer {
        var headers: HTTPHeaders = ["Idempotency-Key": key]
        if waitSeconds > 0 { headers.add(name: "Prefer", value: "wait=\(waitSeconds)") }
        return try await send(
            .POST, "/v1/events/\(event)/bookings", to: instance, token: buyer.token,
            headers: headers, body: body,
            timeout: .seconds(waitSeconds) + DrillLimits.exchangeTimeout)
    }

    /// Asks for a booking's status, with a long poll of `waitSeconds`.
    package func status(
        of booking: String, as session: Session, waitSeconds: Int, at instance: Int = 0
    ) async throws(LoadError) -> Answer {
        let headers: HTTPHeaders = waitSeconds > 0 ? ["Prefer": "wait=\(waitSeconds)"] : [:]
        return try await send(
            .GET, "/v1/bookings/\(booking)", to: instance, token: session.token, headers: headers,
            timeout: .seconds(waitSeconds) + DrillLimits.exchangeTimeout)
    }

    /// All of an event's bookings as its organizer sees them, in the order listed, over all pages.
    package func line(
        of event: String, organizer: Session, at instance: Int = 0
    ) async throws(LoadError) -> [BookingDocument] {
        var bookings: [BookingDocument] = []
        var cursor: String?
        for _ in 0..<DrillLimits.pagesMax {
            let page = try await send(
                .GET,
                "/v1/events/\(event)/bookings?limit=\(DrillLimits.pageRows)"
                    + (cursor.map { "&cursor=\($0)" } ?? ""),
                to: instance, token: organizer.token
            ).expect(200, PageDocument<BookingDocument>.self)
            bookings += page.items
            guard let next = page.nextCursor else { return bookings }
            cursor = next
        }
        throw LoadError(code: .unreadable, detail: "the list of \(event) has no end")
    }
}

extension Answer {
    /// The body as `type` if the status is `status`, else ``LoadError`` `.refused`.
    package func expect<Document: Decodable>(
        _ status: Int, _ type: Document.Type
    ) throws(LoadError) -> Document {
        guard self.status == status else {
            throw LoadError(code: .refused, detail: "expected \(status), seen \(summary)")
        }
        return try decode(type)
    }
}
