import BookingDomain
import HTTPTypes
import Hummingbird
import NIOCore
import JSON
import ProblemDetails

extension Request {
    /// The body as JSON.
    func jsonBody() async throws -> JSONValue {
        // The connection lets no more in than the call allows.
        let bytes = try await body.collect(upTo: HTTPLimits.eventBodyBytesMax)
        return try JSONValue(body: bytes, type: headers[.contentType])
    }

    /// Refuses a body where a call takes none, and so would heed nothing of it.
    func refuseBody() async throws {
        guard headers[.contentLength] ?? "0" != "0" || headers.contains(.transferEncoding) else {
            return
        }
        let bytes = try await body.collect(upTo: HTTPLimits.bodyBytesMax)
        guard bytes.readableBytes > 0 else { return }
        var reader = FieldReader()
        reader.refuse(Field(body: .null), "must be empty: this call takes no body")
        try reader.finish(())
    }

    /// What the client would like.
    var preferences: Preferences { Preferences(fields: headers[values: .prefer]) }
}

extension JSONValue {
    /// A request's body, said to be of that media type.
    init(body: ByteBuffer, type: String?) throws(Problem) {
        guard Self.isJSON(type ?? "") else {
            throw Problem(
                .unsupportedMediaType, detail: "The body must be of the type application/json.",
                headers: [.accept: "application/json"])
        }
        do throws(JSONError) { self = try JSONValue(parsing: body.readableBytesView) } catch {
            throw Problem(.badRequest, "malformed-json", "The body is no JSON: \(error).")
        }
    }

    private static func isJSON(_ contentType: String) -> Bool {
        if contentType == "application/json" { return true }
        let mediaType = contentType.prefix { $0 != ";" }.filter { $0 != " " }
        return mediaType.lowercased() == "application/json"
    }
}

extension HTTPField.Name {
    static let prefer = known("Prefer")
    static let preferenceApplied = known("Preference-Applied")
    static let requestID = known("X-Request-Id")

    static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("not a field name") }
        return name
    }
}
