import HTTPTypes
import NIOCore
import NIOHTTP1
import ProblemDetails

/// The web origins whose pages may use the API, and what browsers are told of that (the Fetch standard's CORS
/// protocol).
///
/// Pages bring their session token along by themselves; cookies there are none.
package struct CrossOrigins: Hashable, Sendable {
    /// How long a browser may remember what it was told before a request, in seconds; none does so for longer.
    static let preflightSeconds = 7200
    static let originsMax = 100

    /// The methods that calls are made with, whatever the path: a request to a wrong one is refused in a way
    /// that the page can read.
    private static let methods = HTTPMethods.used.map(\.rawValue).joined(separator: ", ")
    /// The fields of requests that a page may set.
    private static let requestFields =
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Prefer"
    /// The fields of answers that a page may read.
    private static let answerFields =
        "Allow, ETag, Location, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, "
        + "WWW-Authenticate, X-Request-Id"

    /// What goes with each answer to a page of an origin.
    private let fieldsByOrigin: [String: ByteBuffer]
    /// What goes with other answers: a cache must not give them to pages.
    private static let otherFields = ByteBuffer(string: "Vary: Origin\r\n")

    /// No other origin's pages may use the API.
    package static let none = CrossOrigins(fieldsByOrigin: [:])

    private init(fieldsByOrigin: [String: ByteBuffer]) { self.fieldsByOrigin = fieldsByOrigin }

    /// These, unless there are none.
    var ifAny: CrossOrigins? { fieldsByOrigin.isEmpty ? nil : self }

    /// Reads origins with commas between them; `nil` when one is none.
    package init?(_ text: String) {
        let origins = text.split(separator: ",", omittingEmptySubsequences: false)
            .map { String($0.utf8.trimmingBlanks) }
        guard origins.count <= Self.originsMax, origins.allSatisfy(Self.isOrigin) else {
            return nil
        }
        var fields: [String: ByteBuffer] = [:]
        for origin in origins {
            fields[origin] = ByteBuffer(
                string: "Access-Control-Allow-Origin: \(origin)\r\n"
                    + "Access-Control-Expose-Headers: \(Self.answerFields)\r\nVary: Origin\r\n")
        }
        self.init(fieldsByOrigin: fields)
    }

    /// Whether browsers could name that origin: a scheme and a host in small letters, and a port that is not
    /// the scheme's own; no path.
    ///
    /// `*` is none: whoever may use the API is to be named.
    private static func isOrigin(_ text: String) -> Bool {
        guard
            let origin = text.wholeMatch(
                of:
                    /(?<scheme>[a-z][a-z0-9+.\-]*):\/\/(?<host>[a-z0-9._\-]+|\[[0-9a-f:.]+\])(:(?<port>[0-9]{1,5}))?/
            )
        else { return false }
        guard let digits = origin.port else { return true }
        guard let port = UInt16(digits), port > 0, String(port) == digits else { return false }
        switch origin.scheme {
        case "http": return port != 80
        case "https": return port != 443
        default: return true
        }
    }

    /// The fields that go with the answer to a request, as they are sent.
    func fields(for head: HTTPRequestHead) -> ByteBuffer {
        Self.origin(of: head).flatMap { fieldsByOrigin[$0] } ?? Self.otherFields
    }

    /// The answer to a browser that asks beforehand for a page whether a request is welcome; `nil` for any
    /// other request, and for pages that may not use the API.
    func preflight(_ head: HTTPRequestHead) -> Reply? {
        guard head.method == .OPTIONS, let origin = Self.origin(of: head),
            fieldsByOrigin[origin] != nil,
            head.headers.contains(name: "access-control-request-method")
        else { return nil }
        return Reply(
            status: .noContent,
            headers: [
                .allowMethods: Self.methods, .allowHeaders: Self.requestFields,
                .maxAge: String(Self.preflightSeconds),
                .vary: "Access-Control-Request-Method, Access-Control-Request-Headers",
            ], body: ByteBuffer())
    }

    /// The page's origin; `nil` when it is not said, or said several times.
    private static func origin(of head: HTTPRequestHead) -> String? {
        SingleField(head.headers["origin"]).only
    }
}

extension HTTPField.Name {
    fileprivate static let allowMethods = known("Access-Control-Allow-Methods")
    fileprivate static let allowHeaders = known("Access-Control-Allow-Headers")
    fileprivate static let maxAge = known("Access-Control-Max-Age")
    fileprivate static let vary = known("Vary")
}
