/// What a request is for; events go by their index.
enum LoadRequest: Hashable, Sendable {
    case book(event: Int)
    case read(event: Int)
}

/// Decides what the next request is for.
struct RequestMix: Sendable {
    private let reads: Double
    private let popularity: EventPopularity

    init(_ configuration: LoadConfiguration) {
        reads = configuration.reads
        popularity = EventPopularity(events: configuration.events, skew: configuration.zipf)
    }

    /// Draws no more numbers than the settings leave open.
    func next(using random: inout some RandomNumberGenerator) -> LoadRequest {
        let event =
            popularity.events == 1
            ? 0 : popularity.event(at: Double.random(in: 0..<1, using: &random))
        let isRead =
            reads == 0 ? false : reads == 1 || Double.random(in: 0..<1, using: &random) < reads
        return isRead ? .read(event: event) : .book(event: event)
    }
}
