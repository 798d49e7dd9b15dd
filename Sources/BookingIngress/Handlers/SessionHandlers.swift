import Hummingbird
import JSON

/// Handles `/v1/sessions`.
struct SessionHandlers: Sendable {
    let accounts: AccountService

    func register(on routes: Routes) {
        routes.add(.post, "/v1/sessions") { request, _ in
            let session = try await accounts.signIn(SignIn(try await request.jsonBody()))
            return Response(
                .created,
                JSONValue.object([
                    "token": .string(session.token), "tokenType": .string("Bearer"),
                    "expiresAt": .string(session.expiresAt.rfc3339),
                    "user": UserView(session.user).json,
                ]))
        }
    }
}
