import HTTPTypes
import Hummingbird
import ProblemDetails

/// The routes of the API: each with a deadline, and with what use cases refuse made a problem.
struct Routes {
    typealias Handler = @Sendable (Request, IngressContext) async throws -> Response

    let router: Router<IngressContext>
    /// How long a request may take that waits for no outcome.
    let requestDeadline: Duration

    /// Adds a route whose requests do not wait for outcomes.
    func add(_ method: HTTPRequest.Method, _ path: RouterPath, handler: @escaping Handler) {
        add(method, path, allowance: { _ in .zero }, handler: handler)
    }

    /// Adds a route whose requests may wait as long as they prefer to, on top of the deadline.
    func addWaiting(_ method: HTTPRequest.Method, _ path: RouterPath, handler: @escaping Handler) {
        add(
            method, path, allowance: { .seconds($0.preferences.waitSeconds ?? 0) },
            handler: handler)
    }

    private func add(
        _ method: HTTPRequest.Method, _ path: RouterPath,
        allowance: @escaping @Sendable (Request) -> Duration, handler: @escaping Handler
    ) {
        router.on(path, method: method) { [requestDeadline] request, context in
            do {
                let deadline = requestDeadline + allowance(request)
                let response = try await within(deadline) { try await handler(request, context) }
                guard let response else { throw Refusal.deadlineExceeded }
                return response
            } catch let refusal as Refusal {
                throw Problem(refusal)
            }
        }
    }
}
