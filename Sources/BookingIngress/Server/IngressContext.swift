import Hummingbird

/// What belongs to one request, besides the request.
struct IngressContext: RequestContext {
    var coreContext: CoreRequestContextStorage

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}
