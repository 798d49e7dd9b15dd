import BookingDomain
import Hummingbird

/// Finds out who asks, and has the request of a route draw on its budget.
struct Admission: Sendable {
    let gate: RateGate
    let authentication: Authentication

    /// Takes a unit of the budget, and tells what is left.
    func admit(
        _ request: Request, _ context: inout IngressContext, drawingOn budget: Routes.Budget
    ) async throws(Refusal) -> RateFields? {
        let ofAccount: RateBudget
        switch budget {
        case .handler: return nil
        case .address(let budget): return try await gate.pass(budget, context.client.bits)
        case .account(let budget): ofAccount = budget
        case .reads: ofAccount = .reads
        }
        do throws(Refusal) {
            context.caller = .success(try authentication.principalIfAny(of: request))
        } catch { context.caller = .failure(error) }
        // A wrong token is nobody's.
        guard case .success(let principal?) = context.caller else {
            return try await gate.pass(.readsByAddress, context.client.bits)
        }
        return try await gate.pass(ofAccount, principal.user.bits)
    }
}
