import RateLimits

/// The budgets that limit what one account or one address may ask for.
///
/// They are such that a person never meets them. Those of addresses are for whole offices and campuses, which
/// share one.
enum RateBudget: Int, CaseIterable, Sendable {
    /// Bookings that an account asks for; a key that was accepted before is not counted.
    case submissions
    /// What an account reads.
    case reads
    /// What an address reads where nobody is signed in.
    case readsByAddress
    /// Streams that an account opens.
    case streams
    /// Streams that an address opens where nobody is signed in.
    case streamsByAddress
    /// Wrong passwords from an address.
    case signInByAddress
    /// Wrong passwords for an account from one address.
    case signIn
    /// The same, while the account's own budget is spent: whoever has failed from there must wait.
    case signInOnceFailed
    /// Wrong passwords for an account, from anywhere.
    case signInByAccount
    /// Accounts that are made from an address.
    case signUp
    /// Events that an organizer makes.
    case events
    /// Changes of an account, and sessions that it ends.
    case accountChanges

    /// The budget's numbers, and what clients and metrics call it.
    var policy: RatePolicy { Self.policies[rawValue] }

    private static let policies = allCases.map { budget in
        let (name, quota, windowSeconds) = budget.numbers
        return RatePolicy(name, quota: quota, windowSeconds: windowSeconds, scope: budget.scope)
    }

    private var numbers: (name: String, quota: Int, windowSeconds: Int) {
        switch self {
        case .submissions: ("submissions", 100, 5)
        case .reads: ("reads", 1000, 5)
        case .readsByAddress: ("reads-by-address", 10_000, 5)
        case .streams: ("streams", 20, 20)
        case .streamsByAddress: ("streams-by-address", 1000, 10)
        case .signInByAddress: ("sign-in-by-address", 100, 600)
        case .signIn: ("sign-in", 10, 600)
        case .signInOnceFailed: ("sign-in-once-failed", 1, 60)
        case .signInByAccount: ("sign-in-by-account", 100, 3600)
        case .signUp: ("sign-up", 500, 3000)
        case .events: ("events", 100, 100)
        case .accountChanges: ("account-changes", 30, 60)
        }
    }

    private var scope: UInt16 {
        switch self {
        case .signInOnceFailed: RateBudget.signIn.scope
        case .submissions, .reads, .readsByAddress, .streams, .streamsByAddress, .signInByAddress,
            .signIn, .signInByAccount, .signUp, .events, .accountChanges:
            UInt16(rawValue)
        }
    }
}
