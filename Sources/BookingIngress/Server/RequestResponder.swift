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
    /// The web origins whose pages may use the API, if there are any.
    var origins: CrossOrigins?
    /// How long a request may take, on top of what it would like to wait for an outcome.
    let requestDeadline: Duration
    let alarms: AlarmClock
    let refusals: RefusalNotes
    let logger: Logger

    /// What a request comes to.
    enum Answer: Sendable {
        case whole(Reply)
        /// The body of the reply is written as it comes.
        case stream(Reply, ResponseBody)
    }

    /// Has a submission answered, as ``SubmissionHandler`` does; `nil` for another request.
    ///
    /// Answering the returned wait with ``WaitEnd/clientGone`` answers the request without a wait.
    func answerAtOnce(
        _ head: HTTPRequestHead, _ body: ByteBuffer, from peer: Peer,
        completion: @escaping @Sendable (@escaping SubmissionHandler.Making) -> Void
    ) -> OutcomeWait? {
        submissions?.answer(head, body, from: peer, logger: logger, completion: completion)
    }

    /// The answer to a browser that asks beforehand, for a page of another origin, whether a request is welcome.
    func preflight(_ head: HTTPRequestHead) -> Reply? {
        guard var reply = origins?.preflight(head) else { return nil }
        access.answered(
            &reply, to: .options, "preflight", since: .now, requestID: "\(RequestID())",
            logger: logger)
        return reply
    }

    /// What belongs to a request that came over the channel.
    func context(
        for request: Request, from client: ClientAddress, on channel: any Channel
    ) -> IngressContext {
        IngressContext(
            source: IngressContext.Source(channel: channel, logger: logger),
            requestID: "\(RequestID())", preferences: request.preferences, client: client)
    }

    /// How long a request with such a context may take before it is cancelled.
    func limit(_ context: IngressContext) -> Duration {
        requestDeadline + .seconds(context.preferences.waitSeconds ?? 0)
    }

    /// The answer to a request; handlers must heed cancellation.
    func answer(to request: Request, _ context: IngressContext) async -> Answer {
        let start = ContinuousClock.now
        var reply: Reply
        var stream: ResponseBody?
        do {
            let response = try await routed.respond(to: request, context: context)
            reply = Reply(status: response.status, headers: response.headers, body: ByteBuffer())
            if response.body.contentLength == nil {
                stream = response.body
            } else {
                reply.body = await response.collectBody()
            }
        } catch {
            // Nobody gets here: the router makes problems of all errors.
            reply = Reply(Problem(.internalServerError))
        }
        access.answered(
            &reply, to: request.method, context.endpointPath ?? "none", since: start,
            requestID: context.requestID, logger: logger)
        return stream.map { .stream(reply, $0) } ?? .whole(reply)
    }

    /// The answer to a request that no route sees.
    func reply(refusing refusal: HTTPRefusal) -> Reply {
        var reply = Reply(refusal.problem)
        reply.headers[.requestID] = refusals.note(refusal)
        return reply
    }

    /// The answer to a connection that is not served.
    func reply(refusing refusal: ConnectionRefusal) -> Reply {
        var reply = Reply(refusal.problem)
        reply.headers[.requestID] = refusals.note(refusal)
        return reply
    }
}
