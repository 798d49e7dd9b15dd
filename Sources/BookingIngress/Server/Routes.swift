import HTTPTypes
import Hummingbird
import ProblemDetails

/// The routes of the API, each with the budget it draws on, and with what use cases refuse made a problem.
struct Routes {
    typealias Handler = @Sendable (Request, IngressContext) async throws -> Response
    /// A handler of a call whose query says something.
    typealias QueryHandler<Query> =
        @Sendable (Request, IngressContext, Query) async throws -> Response

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

    /// Adds a call that takes no query parameters.
    func add(
        _ method: HTTPRequest.Method, _ path: RouterPath, drawingOn budget: Budget = .reads,
        handler: @escaping Handler
    ) {
        add(method, path, taking: NoParameters.self, drawingOn: budget) { request, context, _ in
            try await handler(request, context)
        }
    }

    /// Adds a call; query parameters that it does not take are refused.
    func add<Query: QueryParameters>(
        _ method: HTTPRequest.Method, _ path: RouterPath, taking query: Query.Type,
        drawingOn budget: Budget = .reads, handler: @escaping QueryHandler<Query>
    ) {
        router.on(path, method: method) { [admission] request, context in
            do {
                var context = context
                let fields = try await admission.admit(request, &context, drawingOn: budget)
                let query: Query
                do {
                    query = try Query(query: request.uri.query)
                    if method != .post, method != .patch { try await request.refuseBody() }
                } catch {
                    // A wrong token is told of first.
                    _ = try context.caller.get()
                    throw error
                }
                var response = try await handler(request, context, query)
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
