import NIOHTTP1

/// The head of a request, and what it says about its body and the connection.
struct ParsedHead: Sendable {
    /// How the body's end is known.
    enum Framing: Equatable, Sendable {
        case length(Int)
        case chunked
    }

    /// The target is a path and query, whatever form it was sent in, except for `OPTIONS *` and `CONNECT`.
    let head: HTTPRequestHead
    let framing: Framing
    /// The client wants to know whether its body is welcome before it sends it.
    let expectsContinue: Bool
    /// The client takes no answer after this one, or knows no connections that last.
    let isLast: Bool
    /// The body has a coding other than `identity`.
    let hasContentCoding: Bool
}
