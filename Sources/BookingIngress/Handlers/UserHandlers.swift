import Hummingbird
import JSON

/// Handles `/v1/users`.
struct UserHandlers: Sendable {
    let accounts: AccountService

    func register(on routes: Routes) {
        routes.add(.post, "/v1/users", drawingOn: .address(.signUp)) { request, context in
            let draft = try UserDraft(try await request.jsonBody())
            return Response(
                .created, UserView(try await accounts.signUp(draft, from: context.client)))
        }
        routes.add(.get, "/v1/users/me", for: .signedIn) { _, context in
            Response(.ok, UserView(try await accounts.account(of: context.principal())))
        }
        routes.add(.patch, "/v1/users/me", for: .signedIn, drawingOn: .account(.accountChanges)) {
            request, context in
            let principal = try context.principal()
            let change = try AccountChange(try await request.jsonBody())
            return Response(
                .ok,
                UserView(try await accounts.change(change, of: principal, from: context.client)))
        }
        routes.add(
            .delete, "/v1/users/me", for: .signedIn, drawingOn: .account(.accountChanges)
        ) { _, context in
            try await accounts.erase(context.principal())
            return Response(status: .noContent)
        }
    }
}
