import HTTPTypes
import Hummingbird
import ProblemDetails

/// The routes of the API: each with a deadline, and with what use cases refuse made a problem.
struct Routes {
    typealias Handler = @Sendable (Request, IngressContext) async throws -> Response
    typealias WaitingHandler =
        @Sendable (Request, IngressContext, Preferences) async throws -> Response

    let router: Router<IngressContext>
    /// How long a request may take that waits for no outcome.
    let requestDeadline: Duration
    let alarms: AlarmClock

    /// Adds a route whose requests do not wait for outcomes.
    func add(_ method: HTTPRequest.Method, _ path: RouterPath, handler: @escaping Handler) {
        router.on(path, method: method) { [requestDeadline, alarms] request, context in
            try await alarms.limit(to: requestDeadline, on: context.executor) {
                try await handler(request, context)
            }
        }
    }

    /// Adds a route whose requests may wait as long as they prefer to, on top of the deadline.
    func addWaiting(
        _ method: HTTPRequest.Method, _ path: RouterPath, handler: @escaping WaitingHandler
    ) {
        router.on(path, method: method) { [requestDeadline, alarms] request, context in
            let preferences = request.preferences
            let wait = Duration.seconds(preferences.waitSeconds ?? 0)
            return try await alarms.limit(to: requestDeadline + wait, on: context.executor) {
                try await handler(request, context, preferences)
            }
        }
    }
}

extension AlarmClock {
    /// Runs `work`, and cancels it when it takes longer than `limit`.
    ///
    /// Should it fail then, that is the reason; what it refuses becomes a problem. Returns only once `work` has returned, so `work` must heed cancellation.
    fileprivate func limit(
        to limit: Duration, on executor: EventLoopExecutor,
        _ work: @escaping @Sendable () async throws -> Response
    ) async throws -> Response {
        // Not a child task, for an alarm cannot cancel those.
        let task = Task(executorPreference: executor) { try await work() }
        let alarm = set(after: limit) { task.cancel() }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        let isInTime = clear(alarm)
        switch result {
        case .success(let response): return response
        case .failure where !isInTime: throw Problem(Refusal.deadlineExceeded)
        case .failure(let refusal as Refusal): throw Problem(refusal)
        case .failure(let error): throw error
        }
    }
}
