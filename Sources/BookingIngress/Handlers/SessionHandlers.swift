import HTTPTypes
import Hummingbird
import JSON

/// Handles `/v1/sessions`.
struct SessionHandlers: Sendable {
    let accounts: AccountService

    func register(on routes: Routes) {
        routes.add(.post, "/v1/sessions", drawingOn: .handler) { request, context in
            let session = try await accounts.signIn(
                SignIn(try await request.jsonBody()), from: context.client)
            var headers: HTTPFields = [:]
            session.fields?.add(to: &headers)
            return Response(
                .created,
                JSONValue.object([
                    "token": .string(session.token), "tokenType": .string("Bearer"),
                    "expiresAt": .string(session.expiresAt.rfc3339),
                    "user": UserView(session.user).json,
                ]), headers: headers)
        }
        routes.add(
            .delete, "/v1/sessions/current", for: .signedIn, drawingOn: .account(.accountChanges)
        ) { _, context in
            try await accounts.signOut(try context.principal())
            return Response(status: .noContent)
        }
    }
}
