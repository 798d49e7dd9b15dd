package import Hummingbird

/// Answers 404 to paths that routers and proxies could read as others: with an empty segment (`//`, or a slash
/// at the end), `.` or `..`.
///
/// Add it below ``ProblemMiddleware``.
package struct PlainPathMiddleware<Context: RequestContext>: RouterMiddleware {
    package init() {}

    @concurrent package func handle(
        _ request: Request, context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard PlainPath.isPlain(request.uri.path.utf8[...]) else { throw Problem(.notFound) }
        return try await next(request, context)
    }
}

/// The one way to write a path.
package enum PlainPath {
    /// Whether no segment of the path could be left out.
    package static func isPlain(_ path: Substring.UTF8View) -> Bool {
        var rest = path.dropFirst()
        guard !rest.isEmpty else { return true }
        while true {
            let segment = rest.prefix { $0 != UInt8(ascii: "/") }
            let dot = UInt8(ascii: ".")
            if segment.isEmpty || segment.elementsEqual([dot]) || segment.elementsEqual([dot, dot])
            {
                return false
            }
            guard segment.endIndex < rest.endIndex else { return true }
            rest = rest[rest.index(after: segment.endIndex)...]
        }
    }
}
