import HTTPTypes
import ProblemDetails

/// Why a connection refuses a request by itself, before any route sees it: the whole list.
enum HTTPRefusal: String, Error, CaseIterable, Sendable {
    /// Not written as RFC 9112 wants it; where the next request begins is unknown.
    case malformed
    /// No host, more than one, or none that can be one.
    case invalidHost = "invalid_host"
    /// A version of HTTP that exists, but not here.
    case unsupportedVersion = "unsupported_version"
    /// A transfer coding other than `chunked`.
    case unsupportedTransferCoding = "unsupported_transfer_coding"
    case headTooLarge = "head_too_large"
    case targetTooLong = "target_too_long"
    /// More than a body may have; the length that was announced counts.
    case bodyTooLarge = "body_too_large"
    /// A method that does not exist.
    case unknownMethod = "unknown_method"
    /// The body is compressed, say.
    case unsupportedContentCoding = "unsupported_content_coding"
    /// `Forwarded` and `X-Forwarded-For` name different clients.
    case ambiguousClient = "ambiguous_client"
    /// The request took too long to arrive.
    case slow
}

extension HTTPRefusal {
    /// Whether it is still known where the next request begins.
    var keepsFraming: Bool {
        switch self {
        case .bodyTooLarge, .unknownMethod, .unsupportedContentCoding, .ambiguousClient: true
        case .malformed, .invalidHost, .unsupportedVersion, .unsupportedTransferCoding,
            .headTooLarge, .targetTooLong, .slow:
            false
        }
    }

    /// What the client is told.
    var problem: Problem {
        switch self {
        case .malformed:
            Problem(.badRequest, "malformed-request", "This is not a request in HTTP/1.1.")
        case .invalidHost:
            Problem(
                .badRequest, "invalid-host",
                "A request needs exactly one Host, and a valid one.")
        case .unsupportedVersion:
            Problem(.httpVersionNotSupported, detail: "This server speaks HTTP/1.1.")
        case .unsupportedTransferCoding:
            Problem(.notImplemented, detail: "The only transfer coding here is chunked.")
        case .headTooLarge:
            Problem(
                .requestHeaderFieldsTooLarge,
                detail: "The head of a request may have \(HTTPLimits.headBytesMax) bytes and "
                    + "\(HTTPLimits.fieldsMax) fields at most.")
        case .targetTooLong:
            Problem(
                .uriTooLong,
                detail: "The target of a request may have \(HTTPLimits.targetBytesMax) bytes at "
                    + "most.")
        case .bodyTooLarge:
            Problem(.contentTooLarge, detail: "The body is larger than this call allows.")
        case .unknownMethod:
            Problem(.notImplemented, detail: "There is no such method.")
        case .unsupportedContentCoding:
            Problem(
                .unsupportedMediaType, detail: "The body must have no content coding.",
                headers: [.acceptEncoding: "identity"])
        case .ambiguousClient:
            Problem(
                .badRequest, "ambiguous-client",
                "Forwarded and X-Forwarded-For name different clients.")
        case .slow: Problem(.requestTimeout)
        }
    }
}
