import HTTPTypes
import Hummingbird
import ProblemDetails

/// The routes of the API, each with what use cases refuse made a problem.
struct Routes {
    typealias Handler = @Sendable (Request, IngressContext) async throws -> Response

    let router: Router<IngressContext>

    func add(_ method: HTTPRequest.Method, _ path: RouterPath, handler: @escaping Handler) {
        router.on(path, method: method) { request, context in
            do {
                return try await handler(request, context)
            } catch {
                // A request is cancelled when its time is over: that is why it failed.
                if Task.isCancelled { throw Problem(Refusal.deadlineExceeded) }
                throw (error as? Refusal).map { Problem($0) } ?? error
            }
        }
    }
}
