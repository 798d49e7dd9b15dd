import HTTPTypes
package import Hummingbird

/// Answers methods that no call of an API is made with by a 405 on paths that do not exist, too: those can
/// be used nowhere.
///
/// Add it below ``ProblemMiddleware``.
package struct UnusedMethodMiddleware<Context: RequestContext>: RouterMiddleware {
    package init() {}

    @concurrent package func handle(
        _ request: Request, context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        // A path that exists has a route for every method, which tells what is allowed there.
        guard context.endpointPath != nil || HTTPMethods.used.contains(request.method) else {
            throw Problem(methodAllowedHere: HTTPMethods.used.map(\.rawValue))
        }
        return try await next(request, context)
    }
}

extension Problem {
    /// A 405; `names` are in order.
    init(methodAllowedHere names: [String]) {
        let names = names.joined(separator: ", ")
        self.init(.methodNotAllowed, detail: "Allowed here: \(names).", headers: [.allow: names])
    }
}
