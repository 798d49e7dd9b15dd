import Hummingbird
import Logging

/// What belongs to one request, besides the request.
struct IngressContext: RequestContext {
    /// Under which name the request's number stands in every line that is logged of it.
    static let requestIDKey = "request.id"

    var coreContext: CoreRequestContextStorage
    let requestID: String
    /// What the client would like.
    let preferences: Preferences

    init(source: Source, requestID: String, preferences: Preferences) {
        coreContext = CoreRequestContextStorage(source: source)
        self.requestID = requestID
        self.preferences = preferences
    }

    init(source: Source) {
        self.init(source: source, requestID: "\(RequestID())", preferences: Preferences(fields: []))
    }
}
