package import Hummingbird
import NIOCore

extension Problem {
    /// The problem of a status that says everything there is to say.
    package init(_ status: HTTPResponse.Status, detail: String? = nil, headers: HTTPFields = [:]) {
        let (slug, words) =
            switch status {
            case .badRequest: ("bad-request", "The request cannot be understood.")
            case .unauthorized: ("unauthorized", "Sign in first.")
            case .forbidden: ("forbidden", "This is not allowed.")
            case .notFound: ("not-found", "There is nothing here.")
            case .methodNotAllowed: ("method-not-allowed", "This cannot be done with that method.")
            case .requestTimeout: ("request-timeout", "The request took too long to arrive.")
            case .contentTooLarge: ("content-too-large", "The body is too large.")
            case .uriTooLong: ("uri-too-long", "The target of the request is too long.")
            case .unsupportedMediaType: ("unsupported-media-type", "The body must be JSON.")
            case .requestHeaderFieldsTooLarge:
                ("head-too-large", "The head of the request is too large.")
            case .notImplemented: ("not-implemented", "This is not known here.")
            case .httpVersionNotSupported:
                ("version-not-supported", "This version of HTTP is not known here.")
            case .serviceUnavailable: ("unavailable", "The service cannot answer now.")
            case .internalServerError:
                ("internal-error", "Something went wrong here; it has been logged.")
            default: ("status-\(status.code)", "The request was answered with \(status.code).")
            }
        self.init(status, slug, detail ?? words, headers: headers)
    }

    /// What an error of the framework means to the client; `nil` for an error it does not know either.
    init?(framework error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case is NIOTooManyBytesError: self.init(.contentTooLarge)
        case is CancellationError:
            self.init(.serviceUnavailable, detail: "The service is stopping.")
        case let error as HTTPError:
            // Below 500 the framework's message speaks of the request; above, of our inside.
            let detail = error.status.kind == .clientError ? error.body : nil
            self.init(error.status, detail: detail, headers: error.headers)
        case let error as any HTTPResponseError: self.init(error.status)
        default: return nil
        }
    }
}
