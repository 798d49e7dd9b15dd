import HTTPTypes
import Logging

/// Counts, times and logs each request, and tells the client its number.
///
/// The log line names the route's pattern, not the path, and nothing that the client sent.
struct AccessLog: Sendable {
    let metrics: IngressMetrics

    func answered(
        _ reply: inout Reply, to method: HTTPRequest.Method, _ route: String,
        since start: ContinuousClock.Instant, requestID: String, logger: Logger
    ) {
        reply.headers[.requestID] = requestID
        let duration = ContinuousClock.now - start
        metrics.answered(route, method, reply.status.code, in: duration)
        logger.debug(
            "request answered",
            metadata: [
                IngressContext.requestIDKey: "\(requestID)", "method": "\(method.rawValue)",
                "route": "\(route)", "status": "\(reply.status.code)", "duration": "\(duration)",
            ])
    }
}
