import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import ProblemDetails

/// What a connection needs to know to answer requests.
struct RequestResponder: Sendable {
    let routed: any HTTPResponder<IngressContext>
    /// Answers submissions, if it is there.
    var submissions: SubmissionHandler?
    var access = AccessLog(metrics: IngressMetrics())
    /// How long a request may take, on top of what it would like to wait for an outcome.
    let requestDeadline: Duration
    let alarms: AlarmClock
    let logger: Logger

    /// Has a submission answered, as ``SubmissionHandler`` does; `nil` for another request.
    ///
    /// Whoever answers what is returned with ``WaitEnd/clientGone`` has it answered without a wait.
    func answerAtOnce(
        _ head: HTTPRequestHead, _ body: ByteBuffer, on executor: EventLoopExecutor,
        completion: @escaping @Sendable (@escaping SubmissionHandler.Making) -> Void
    ) -> OutcomeWait? {
        submissions?.answer(head, body, on: executor, logger: logger, completion: completion)
    }

    /// What belongs to a request that came over the channel.
    func context(for request: Request, on channel: any Channel) -> IngressContext {
        IngressContext(
            source: IngressContext.Source(channel: channel, logger: logger),
            requestID: "\(RequestID())", preferences: request.preferences)
    }

    /// How long a request with such a context may take before it is cancelled.
    func limit(_ context: IngressContext) -> Duration {
        requestDeadline + .seconds(context.preferences.waitSeconds ?? 0)
    }

    /// The answer to a request; handlers must heed cancellation.
    func answer(to request: Request, _ context: IngressContext) async -> Reply {
        let start = ContinuousClock.now
        var reply: Reply
        do {
            let response = try await routed.respond(to: request, context: context)
            reply = Reply(
                status: response.status, headers: response.headers,
                body: await response.collectBody())
        } catch {
            // Nobody gets here: the router makes problems of all errors.
            reply = Reply(Problem(.internalServerError))
        }
        access.answered(
            &reply, to: request.method, context.endpointPath ?? "none", since: start,
            requestID: context.requestID, logger: logger)
        return reply
    }
}
