import HTTPTypes
import Hummingbird
import Logging

/// Counts, times and logs each request.
///
/// The log line names the route's pattern, not the path, and nothing that the client sent.
struct AccessLog: Sendable {
    let metrics: IngressMetrics

    func answered(
        _ route: String, _ method: HTTPRequest.Method, _ status: HTTPResponse.Status,
        since start: ContinuousClock.Instant, requestID: String, logger: Logger
    ) {
        let duration = ContinuousClock.now - start
        metrics.answered(route, method, status.code, in: duration)
        logger.debug(
            "request answered",
            metadata: [
                IngressContext.requestIDKey: "\(requestID)", "method": "\(method.rawValue)",
                "route": "\(route)", "status": "\(status.code)", "duration": "\(duration)",
            ])
    }
}

/// Has each request noted in the ``AccessLog``, and tells the client its number.
struct AccessMiddleware: RouterMiddleware {
    typealias Context = IngressContext

    let access: AccessLog

    @concurrent func handle(
        _ request: Request, context: IngressContext,
        next: @concurrent (Request, IngressContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response = try await next(request, context)
        response.headers[.requestID] = context.requestID
        access.answered(
            context.endpointPath ?? "none", request.method, response.status, since: start,
            requestID: context.requestID, logger: context.plainLogger)
        return response
    }
}
