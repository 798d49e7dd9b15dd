import NIOCore

/// What an answer of the API means to a load.
enum LoadAnswer: Hashable, Sendable {
    /// The event that was asked for.
    case event
    /// The booking is in the line.
    case pending(id: String, retryAfter: TimeAmount?)
    case decided(LoadOutcome)
    /// The same request may succeed later.
    case refused(Refusal, retryAfter: TimeAmount?)
    /// No answer that a client of the API counts on.
    case unexpected(Refusal)
    /// The status promises a booking, and there is none.
    case unreadable(status: Int)
}

/// What was asked for.
enum LoadResource: Hashable, Sendable {
    case event
    case booking
}

/// What a booking came to.
struct LoadOutcome: Hashable, Sendable {
    /// The booking's status; "409" when it was turned away before it was one.
    let status: String
    /// Why it was not confirmed, if it was not.
    let reason: String?

    init(status: String, reason: String? = nil) {
        self.status = status
        self.reason = reason
    }
}

/// An answer that is no outcome.
struct Refusal: Hashable, Sendable {
    /// The HTTP status.
    let status: Int
    /// The last part of the problem's type, like "overloaded"; "none" when there is no problem.
    let slug: String

    init(status: Int, slug: String) {
        self.status = status
        self.slug = slug
    }
}

extension LoadAnswer {
    private static let id = MemberScan("id")
    private static let status = MemberScan("status")
    private static let reason = MemberScan("reason")
    private static let type = MemberScan("type")

    /// Reads an answer to a request for `resource`, as much of it as is needed.
    init(status: Int, retryAfter: TimeAmount?, body: ByteBuffer, to resource: LoadResource) {
        switch (status, resource) {
        case (200, .event): self = .event
        case (200, .booking), (201, .booking), (202, .booking):
            self = Self.booking(in: body, status: status, retryAfter: retryAfter)
        case (409, .booking), (422, .booking):
            // A problem that carries a booking is its outcome. Without one, 409 is an outcome too:
            // the ingress knew it beforehand. 422 is then a fault of the request.
            if let outcome = Self.outcome(in: body) {
                self = .decided(outcome)
            } else if status == 409 {
                self = .decided(LoadOutcome(status: "409", reason: Self.slug(of: body)))
            } else {
                self = .unexpected(Refusal(status: status, slug: Self.slug(of: body)))
            }
        case (429, _), (503, _):
            self = .refused(
                Refusal(status: status, slug: Self.slug(of: body)), retryAfter: retryAfter)
        default: self = .unexpected(Refusal(status: status, slug: Self.slug(of: body)))
        }
    }

    private static func booking(
        in body: ByteBuffer, status: Int, retryAfter: TimeAmount?
    ) -> LoadAnswer {
        guard let outcome = outcome(in: body) else { return .unreadable(status: status) }
        guard outcome.status == "pending" else { return .decided(outcome) }
        guard let id = id.text(in: body) else { return .unreadable(status: status) }
        return .pending(id: id, retryAfter: retryAfter)
    }

    private static func outcome(in body: ByteBuffer) -> LoadOutcome? {
        guard let word = status.text(in: body) else { return nil }
        let isAdmitted = word == "confirmed" || word == "pending"
        return LoadOutcome(status: word, reason: isAdmitted ? nil : reason.text(in: body))
    }

    private static func slug(of body: ByteBuffer) -> String {
        guard let type = type.text(in: body) else { return "none" }
        return type.split(separator: "/").last.map(String.init) ?? "none"
    }
}
