import BookingDomain
import Hummingbird
import JSON
import NIOCore
import NIOHTTP1
import ProblemDetails

/// A request for a booking as it is written, and all that may be wrong with it.
struct BookingRequest: Sendable {
    let preferences: Preferences
    /// `nil` when the path names no event there can be.
    private let event: EventID?
    private let query: Substring?
    private let authorization: SingleField
    private let idempotencyKey: SingleField
    private let contentType: SingleField
    private let body: ByteBuffer

    /// `nil` for any other request.
    init?(_ head: HTTPRequestHead, _ body: ByteBuffer) {
        guard head.method == .POST, let target = Self.target(head.uri) else { return nil }
        var (authorization, key, type) = (SingleField(), SingleField(), SingleField())
        var preferred: [String] = []
        for (name, value) in head.headers {
            switch name.utf8.count {
            case 6 where name.isField("prefer"): preferred.append(value)
            case 12 where name.isField("content-type"): type.add(value)
            case 13 where name.isField("authorization"): authorization.add(value)
            case 15 where name.isField("idempotency-key"): key.add(value)
            default: break
            }
        }
        event = target.event
        query = target.query
        self.authorization = authorization
        idempotencyKey = key
        contentType = type
        preferences = Preferences(fields: preferred)
        self.body = body
    }

    /// The session token; refuses a request without one.
    func token() throws(Refusal) -> String {
        guard let token = try Authentication.token(in: authorization) else { throw .signInFirst }
        return token
    }

    /// What is wished for.
    func wish(of user: UserID) throws(Problem) -> SubmissionService.Wish {
        guard let event else { throw Problem(Refusal.noSuchEvent) }
        if let query { _ = try NoParameters(query: String(query)) }
        let key = try key()
        let draft = try BookingDraft(JSONValue(body: body, type: contentType.only))
        return SubmissionService.Wish(
            user: user, event: event, idempotencyKey: key, items: draft.items,
            isHold: draft.isHold, wait: preferences.wait)
    }

    /// The idempotency key; a client that sends none cannot try again safely.
    private func key() throws(Problem) -> IdempotencyKey {
        guard let first = idempotencyKey.first else {
            throw Problem(
                .badRequest, "idempotency-key-required",
                "A booking needs the header Idempotency-Key: a text of your own for this booking, "
                    + "sent again when you try again.")
        }
        guard !idempotencyKey.isRepeated, let key = IdempotencyKey(first) else {
            throw .invalidIdempotencyKey
        }
        return key
    }

    /// What `/v1/events/{event}/bookings` names: an event, if there can be such a one, and a query, if there is
    /// any; `nil` for another target.
    private static func target(_ target: String) -> (event: EventID?, query: Substring?)? {
        let (before, after) = ("/v1/events/", "/bookings")
        if target.hasPrefix(before), target.hasSuffix(after) {
            let text = Array(target.utf8)[before.utf8.count...].dropLast(after.utf8.count)
            if let event = EventID(text: text) { return (event, nil) }
        }
        let path = target.prefix { $0 != "?" }
        guard path.hasPrefix(before), path.hasSuffix(after),
            path.utf8.count > before.utf8.count + after.utf8.count
        else { return nil }
        let segment = path.utf8.dropFirst(before.utf8.count).dropLast(after.utf8.count)
        guard !segment.contains(UInt8(ascii: "/")), PlainPath.isPlain(path.utf8) else { return nil }
        let query = path.endIndex < target.endIndex ? target[path.endIndex...].dropFirst() : nil
        return (EventID(Substring(segment)), query)
    }
}

/// A header field that may be given once.
struct SingleField: Sendable {
    private(set) var first: String?
    private(set) var isRepeated = false

    init() {}

    init(_ values: [String]) {
        first = values.first
        isRepeated = values.count > 1
    }

    mutating func add(_ value: String) {
        isRepeated = first != nil
        if first == nil { first = value }
    }

    /// The value, unless there are several.
    var only: String? { isRepeated ? nil : first }
}

extension String {
    /// Whether this is the name of that header, which is given in lower case.
    fileprivate func isField(_ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in
            // Letters differ from their lower case, and signs from letters, in this bit.
            utf8.elementsEqual(name) { $0 | 0x20 == $1 }
        }
    }
}

extension Problem {
    static let invalidIdempotencyKey = Problem(
        .badRequest, "invalid-idempotency-key",
        "The Idempotency-Key must be 1 to \(BookingLimits.idempotencyKeyMax) "
            + "printable ASCII characters.")
}
