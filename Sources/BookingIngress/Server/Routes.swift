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

    /// Whom a call is for.
    enum Audience {
        case anyone
        /// Nobody else is told what is wrong with the rest of the request.
        case signedIn
    }

    /// Adds a call that takes no query parameters.
    func add(
        _ method: HTTPRequest.Method, _ path: RouterPath, for audience: Audience = .anyone,
        drawingOn budget: Budget = .reads, handler: @escaping Handler
    ) {
        add(method, path, taking: NoParameters.self, for: audience, drawingOn: budget) {
            request, context, _ in try await handler(request, context)
        }
    }

    /// Adds a call; query parameters that it does not take are refused.
    func add<Query: QueryParameters>(
        _ method: HTTPRequest.Method, _ path: RouterPath, taking query: Query.Type,
        for audience: Audience = .anyone, drawingOn budget: Budget = .reads,
        handler: @escaping QueryHandler<Query>
    ) {
        router.on(path, method: method) { [admission] request, context in
            do {
                var context = context
                let endings = admission.authentication.endings
                let fields = try await admission.admit(request, &context, drawingOn: budget)
                switch audience {
                case .anyone: break
                case .signedIn: _ = try context.principal()
                }
                let query = try Query(query: request.uri.query)
                if method != .post, method != .patch { try await request.refuseBody() }
                var response = try await handler(request, context, query)
                if method == .get, context.preferences.waitSeconds != nil,
                    let principal = try? context.principal()
                {
                    try admission.authentication.check(principal, since: endings)
                }
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
