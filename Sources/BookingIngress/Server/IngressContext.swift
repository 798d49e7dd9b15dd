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
    /// Where the request comes from.
    let client: ClientAddress
    /// Whose token came with the request, or nobody; or what is wrong with the token.
    ///
    /// Found out before the handlers of routes that know accounts (``Admission``).
    var caller = Result<Principal?, Refusal>.success(nil)
    /// Tells waits that the client has left.
    let presence = ClientPresence()
    /// Does not log the request's number.
    let plainLogger: Logger

    /// Logs under the request's number, which costs something and is seldom wanted.
    var logger: Logger {
        var logger = plainLogger
        logger[metadataKey: Self.requestIDKey] = .string(requestID)
        return logger
    }

    init(
        source: Source, requestID: String, preferences: Preferences, client: ClientAddress
    ) {
        coreContext = CoreRequestContextStorage(source: source)
        plainLogger = source.logger
        self.requestID = requestID
        self.preferences = preferences
        self.client = client
    }

    init(source: Source) {
        self.init(
            source: source, requestID: "\(RequestID())", preferences: Preferences(fields: []),
            client: ClientAddress(source.channel.remoteAddress))
    }
}

extension IngressContext {
    /// The user who asks; refuses a request that is not signed in.
    func principal() throws(Refusal) -> Principal {
        guard let principal = try caller.get() else { throw Refusal.signInFirst }
        return principal
    }
}
