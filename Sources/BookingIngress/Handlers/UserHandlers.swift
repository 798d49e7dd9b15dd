import Hummingbird
import JSON

/// Handles `/v1/users`.
struct UserHandlers: Sendable {
    let accounts: AccountService
    let authentication: Authentication

    func register(on routes: Routes) {
        routes.add(.post, "/v1/users") { request, _ in
            let user = try await accounts.signUp(UserDraft(try await request.jsonBody()))
            return Response(.created, UserView(user))
        }
        routes.add(.get, "/v1/users/me") { request, _ in
            let principal = try await authentication.principal(of: request)
            return Response(.ok, UserView(try await accounts.account(of: principal)))
        }
    }
}
