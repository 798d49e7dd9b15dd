import BookingDomain
import BookingKeys
import BookingStore
import RateLimits

/// Limits how often passwords can be tried, before they are hashed.
///
/// Only failures count: what is right, or was never compared, is given back. There are three budgets. Wrong
/// passwords from an address, whatever they are for. Wrong passwords for an account from one address: ten, then
/// one a minute. Wrong passwords for an account from anywhere: a hundred, then a hundred an hour.
///
/// A stranger who spends the last one must not lock the owner out, so it shuts nobody out by itself: while it is
/// spent, an address gets one try for the account until that failure is paid back, instead of ten. The owner's
/// right password is heeded at the first try from any address that did not fail itself, and whoever guesses
/// from many addresses gets a tenth of the tries.
///
/// Addresses of accounts are counted alike whether there is such an account or not.
struct SignInLimits: Sendable {
    let gate: RateGate
    let authenticator: HMACAuthenticator

    /// A password that may be compared.
    struct Attempt: Sendable {
        fileprivate let charges: [RateGate.Charge]
        /// What the answer says of the budgets.
        let fields: RateFields?
    }

    /// Whether a password for the account with this e-mail address may be compared for `client`.
    func attempt(_ email: String, by client: ClientAddress) async throws(Refusal) -> Attempt {
        let account = key(of: email, and: nil)
        let pair = key(of: email, and: client)
        let byAddress = RateGate.Charge(.signInByAddress, client.bits)
        let ordinary = [
            byAddress, RateGate.Charge(.signIn, pair), RateGate.Charge(.signInByAccount, account),
        ]
        guard let decision = await gate.take(byAddress, Array(ordinary.dropFirst())) else {
            return Attempt(charges: [], fields: nil)
        }
        let spent = decision.exceeded.map(\.policy.name)
        guard spent == [RateBudget.signInByAccount.policy.name] else {
            return Attempt(
                charges: decision.isAllowed ? ordinary : [],
                fields: try gate.verdict(on: decision, ordinary.map(\.budget)).get())
        }
        let strict = [byAddress, RateGate.Charge(.signInOnceFailed, pair)]
        guard let decision = await gate.take(byAddress, [strict[1]]) else {
            return Attempt(charges: [], fields: nil)
        }
        return Attempt(
            charges: decision.isAllowed ? strict : [],
            fields: try gate.verdict(on: decision, strict.map(\.budget)).get())
    }

    /// The password was right, or was not compared: it does not count.
    func giveBack(_ attempt: Attempt) { gate.giveBack(attempt.charges) }

    /// The budget of an account, at an address if one is given; nobody can tell from it which.
    private func key(of email: String, and client: ClientAddress?) -> UInt128 {
        var message = Array("sign-in\0\(EmailAddress.canonical(of: email))\0".utf8)
        if let client { message += withUnsafeBytes(of: client.bits) { Array($0) } }
        return authenticator.authenticationCode(for: message).prefix(16)
            .reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
    }
}
