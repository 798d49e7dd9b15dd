import BookingDomain

/// Which request each row stems from.
///
/// A booking's key is derived with a secret, so of a request that was never answered with its id only
/// buyer, event and basket can be compared; as many such rows are believed as there are requests.
struct Attribution: Sendable {
    enum Origin: Hashable, Sendable {
        /// The request whose answers told this booking's id.
        case answered(Int)
        /// One of the requests that nobody answered; the earliest of them was sent at `start`.
        case unanswered(start: Int64)
        /// The run put it in itself.
        case planted
        case nobody
    }

    private struct Wish: Hashable, Sendable {
        let user: UserID
        let event: EventID
        let basket: Basket
        let flags: BookingID.Flags
    }

    private struct Pool: Sendable {
        var unknowns: [Int] = []
        var start = Int64.max
    }

    /// By the key of the row.
    private(set) var origins: [BookingKey: Origin] = [:]
    /// Submissions without an answer whose bookings were found by what they asked for.
    private(set) var claimedUnknowns = 0

    init(_ evidence: Evidence) {
        var pools: [Wish: Pool] = [:]
        for request in evidence.history.requests where request.id == nil && request.mayBeTaken {
            let wish = Wish(
                user: request.user, event: request.event, basket: request.basket,
                flags: request.flags)
            // Those that were answered otherwise in the end are counted already.
            pools[wish, default: Pool()].unknowns.append(request.isAnswered ? 0 : request.unknowns)
            pools[wish, default: Pool()].start = min(
                request.firstStart, pools[wish]?.start ?? .max)
        }
        for row in evidence.tables.bookings.lazy.map(\.booking) where origins[row.key] == nil {
            if let index = evidence.history.requestOfBooking[row.key] {
                origins[row.key] = .answered(index)
            } else if evidence.plan.poisonKeys.contains(row.key)
                || evidence.plan.outsideKeys.contains(row.key)
            {
                origins[row.key] = .planted
            } else if let user = row.user, let basket = row.basket,
                case let wish = Wish(
                    user: user, event: row.event, basket: basket, flags: row.flags),
                let pool = pools[wish], let unknowns = pool.unknowns.last
            {
                pools[wish]?.unknowns.removeLast()
                claimedUnknowns += unknowns
                origins[row.key] = .unanswered(start: pool.start)
            } else {
                origins[row.key] = .nobody
            }
        }
    }

    func origin(of key: BookingKey) -> Origin { origins[key] ?? .nobody }
}
