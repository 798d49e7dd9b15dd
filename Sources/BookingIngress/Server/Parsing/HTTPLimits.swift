import NIOHTTP1

/// What a request may have at most, as far as a connection looks at it.
enum HTTPLimits {
    /// Bytes of a request line and its fields together.
    static let headBytesMax = 16 * 1024
    /// Bytes of a request target.
    static let targetBytesMax = 8 * 1024
    static let fieldsMax = 100
    /// Bytes of a body but for events.
    static let bodyBytesMax = 16 * 1024
    /// Bytes of a body that describes an event.
    static let eventBodyBytesMax = 64 * 1024
    /// Bytes of chunk extensions and trailers of one body.
    static let chunkOverheadBytesMax = 16 * 1024
    /// Digits of a chunk's size.
    static let chunkSizeDigitsMax = 8
    /// Bytes that may come while a request before them is answered.
    static let waitingBytesMax = 256 * 1024
    /// Requests of one connection that are answered with 429, one after the other.
    static let limitedInARowMax = 8
    /// Bytes that are read of a request which was refused, so that the client gets to see the answer.
    static let drainedBytesMax = 8 * 1024 * 1024

    /// The most bytes of the body of a request with that target.
    static func bodyBytesMax(_ method: HTTPMethod, _ target: String) -> Int {
        guard method == .POST || method == .PATCH else { return bodyBytesMax }
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        let events = "/v1/events"
        guard path.starts(with: events.utf8) else { return bodyBytesMax }
        // The list of events, or one of them, but nothing beneath.
        let rest = path.dropFirst(events.utf8.count)
        let isEvent = rest.isEmpty || rest.lastIndex(of: UInt8(ascii: "/")) == rest.startIndex
        return isEvent ? eventBodyBytesMax : bodyBytesMax
    }
}
