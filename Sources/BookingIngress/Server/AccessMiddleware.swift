import HTTPTypes
import Hummingbird
import Logging

/// Counts, times and logs each request, and tells the client its number.
///
/// The log line names the route's pattern, not the path, and nothing that the client sent.
struct AccessMiddleware: RouterMiddleware {
    typealias Context = IngressContext

    let metrics: IngressMetrics

    @concurrent func handle(
        _ request: Request, context: IngressContext,
        next: @concurrent (Request, IngressContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response = try await next(request, context)
        response.headers[.requestID] = context.requestID
        let duration = ContinuousClock.now - start
        let route = context.endpointPath ?? "none"
        metrics.answered(route, request.method, response.status.code, in: duration)
        context.logger.debug(
            "request answered",
            metadata: [
                "method": "\(request.method.rawValue)", "route": "\(route)",
                "status": "\(response.status.code)", "duration": "\(duration)",
            ])
        return response
    }
}
