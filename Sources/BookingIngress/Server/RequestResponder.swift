import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import ProblemDetails

/// What a connection needs to know to answer requests.
struct RequestResponder: Sendable {
    let routed: any HTTPResponder<IngressContext>
    /// Answers most submissions, if it is there.
    var plain: PlainSubmissions?
    /// How long a request may take, on top of what it would like to wait for an outcome.
    let requestDeadline: Duration
    let alarms: AlarmClock
    let logger: Logger

    /// Has a plain submission answered, as ``PlainSubmissions`` does.
    func answerAtOnce(
        _ head: HTTPRequestHead, _ body: ByteBuffer,
        completion: @escaping @Sendable (@escaping PlainSubmissions.Making) -> Void
    ) -> OutcomeBoard.Waiter? {
        plain?.answer(head, body, logger: logger, completion: completion)
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
        do {
            let response = try await routed.respond(to: request, context: context)
            return Reply(
                status: response.status, headers: response.headers,
                body: await response.collectBody())
        } catch {
            // Nobody gets here: the router makes problems of all errors.
            return Reply(Problem(.internalServerError))
        }
    }
}
