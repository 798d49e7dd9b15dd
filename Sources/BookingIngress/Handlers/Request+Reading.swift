import BookingDomain
import HTTPTypes
import Hummingbird
import NIOCore
import JSON
import ProblemDetails

extension Request {
    /// The most bytes of a request's body.
    static let bodyBytesMax = 16 * 1024

    /// The body as JSON.
    func jsonBody() async throws -> JSONValue {
        guard Self.isJSON(headers[.contentType] ?? "") else {
            throw Problem(
                .unsupportedMediaType, detail: "The body must be of the type application/json.",
                headers: [.accept: "application/json"])
        }
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > Self.bodyBytesMax {
            throw Self.tooLarge
        }
        let bytes: ByteBuffer
        do { bytes = try await body.collect(upTo: Self.bodyBytesMax) } catch is NIOTooManyBytesError
        { throw Self.tooLarge }
        do { return try JSONValue(parsing: bytes.readableBytesView) } catch {
            throw Problem(.badRequest, "malformed-json", "The body is no JSON: \(error).")
        }
    }

    private static func isJSON(_ contentType: String) -> Bool {
        if contentType == "application/json" { return true }
        let mediaType = contentType.prefix { $0 != ";" }.filter { $0 != " " }
        return mediaType.lowercased() == "application/json"
    }

    private static var tooLarge: Problem {
        Problem(.contentTooLarge, detail: "A body may have \(bodyBytesMax) bytes at most.")
    }

    /// What the client would like.
    var preferences: Preferences { Preferences(fields: headers[values: .prefer]) }

    /// A page of a list.
    func page<Cursor: PageCursor>(of cursor: Cursor.Type = Cursor.self) throws(Problem)
        -> PageRequest<Cursor>
    {
        try PageRequest(limit: uri.queryParameters["limit"], cursor: uri.queryParameters["cursor"])
    }

    /// The value of `Idempotency-Key`; a client that sends none cannot try again safely.
    func idempotencyKey() throws(Problem) -> IdempotencyKey {
        let values = headers[values: .idempotencyKey]
        guard let first = values.first else {
            throw Problem(
                .badRequest, "idempotency-key-required",
                "A booking needs the header Idempotency-Key: a text of your own for this booking, "
                    + "sent again when you try again.")
        }
        guard values.count == 1, let key = IdempotencyKey(first) else {
            throw Problem(
                .badRequest, "invalid-idempotency-key",
                "The Idempotency-Key must be 1 to \(BookingLimits.idempotencyKeyMax) "
                    + "printable ASCII characters.")
        }
        return key
    }
}

extension HTTPField.Name {
    static let idempotencyKey = known("Idempotency-Key")
    static let prefer = known("Prefer")
    static let preferenceApplied = known("Preference-Applied")
    static let requestID = known("X-Request-Id")

    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("not a field name") }
        return name
    }
}
