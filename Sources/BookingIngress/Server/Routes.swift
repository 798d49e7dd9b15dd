import HTTPTypes
import Hummingbird
import ProblemDetails

/// The routes of the API, each with the budget it draws on, and with what use cases refuse made a problem.
struct Routes {
    typealias Handler = @Sendable (Request, IngressContext) async throws -> Response

    /// Which budget a request of a route draws on.
    enum Budget {
        /// What may be read by whoever is signed in, or else by an address.
        case reads
        /// A budget that accounts have; who is not signed in will be refused, which is as good as a read.
        case account(RateBudget)
        /// A budget that addresses have.
        case address(RateBudget)
        /// The handler sees to it.
        case handler
    }

    let router: Router<IngressContext>
    let admission: Admission

    func add(
        _ method: HTTPRequest.Method, _ path: RouterPath, drawingOn budget: Budget = .reads,
        handler: @escaping Handler
    ) {
        router.on(path, method: method) { [admission] request, context in
            do {
                var context = context
                let fields = try await admission.admit(request, &context, drawingOn: budget)
                var response = try await handler(request, context)
                if response.status.code < 400 { fields?.add(to: &response.headers) }
                return response
            } catch {
                // A request is cancelled when its time is over: that is why it failed.
                if Task.isCancelled { throw Problem(Refusal.deadlineExceeded) }
                throw (error as? Refusal).map { Problem($0) } ?? error
            }
        }
    }
}
