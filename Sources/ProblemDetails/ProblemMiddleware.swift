import HTTPTypes
package import Hummingbird
import Logging
import NIOHTTP1

/// Turns every error thrown below it, the framework's own included, into a ``Problem``.
///
/// An error nobody knows becomes a 500 that says nothing of it; what it was stands in the log. Add
/// it to a router before everything that may throw, and before the routes.
package struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    package init() {}

    @concurrent package func handle(
        _ request: Request, context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            // The connection is past saving: the server answers and closes it.
            throw error
        } catch {
            let problem = Problem(framework: error) ?? unknown(error, context)
            let response = problem.response
            // A body after a HEAD would be read as the next response.
            return request.method == .head ? response.createHeadResponse() : response
        }
    }

    private func unknown(_ error: any Error, _ context: Context) -> Problem {
        // Only words that the error's author chose: what else it holds may be somebody's secret.
        let words = ((error as Any) as? any CustomStringConvertible)?.description
        context.logger.error(
            "a request failed with an unexpected error",
            metadata: [
                "error": "\(words ?? "")", "error.type": "\(type(of: error))",
                "route": "\(context.endpointPath ?? "none")",
            ])
        return Problem(.internalServerError)
    }
}
