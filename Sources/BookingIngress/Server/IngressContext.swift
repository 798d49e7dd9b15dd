import Hummingbird
import Logging

/// What belongs to one request, besides the request.
struct IngressContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The request's number, which also stands in every line that is logged of it.
    let requestID: String
    /// Where the request is worked on.
    let executor: EventLoopExecutor

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        // A log handler need not keep metadata.
        requestID =
            source.logger[metadataKey: "hb.request.id"].map { "\($0)" } ?? "\(RequestID())"
        executor = EventLoopExecutor.on(source.channel.eventLoop)
    }
}
