/// What the protocol promises; see the invariants in ARCHITECTURE.md.
package enum Violation: Error, Hashable, Sendable, CustomStringConvertible {
    /// Accepted, and neither decided nor in the queue.
    case acceptedIsLost(CommandSet)
    /// Acknowledged though not in the database.
    case acknowledgedTooEarly(CommandSet)
    case announcedTooEarly(CommandSet)
    case decidedTwice(CommandSet)
    /// The second was accepted before anybody asked for the first, which is decided first.
    case outOfOrder(CommandSet, before: CommandSet)
    case committedUnderStaleEpoch
    /// The sequence has a gap or a number twice.
    case sequenceBroken
    /// A letter among the dead, of a command that was applied.
    case buriedAndApplied(CommandSet)
    /// A unit is held or confirmed that another booking has.
    case takenTwice
    /// A hold expired before its time, by the database's clock.
    case expiredEarly(Int)
    /// A booking expires that was confirmed within its hold.
    case confirmedAndExpired(Int)
    /// A confirmation was accepted before its hold lapsed, and finds it expired.
    case confirmationOvertaken(CommandSet)
    /// Without a further fault, nothing leads from here to the end of a hold whose time is over.
    case lapsedHoldStays
    /// Without a further fault, nothing leads from here to a queue that is empty.
    case cannotDrain

    package var description: String {
        switch self {
        case .acceptedIsLost(let commands):
            "\(commands) was accepted, and is neither decided nor in the queue"
        case .acknowledgedTooEarly(let commands):
            "\(commands) is acknowledged and not in the database"
        case .announcedTooEarly(let commands):
            "an outcome of \(commands) is told and not in the database"
        case .decidedTwice(let commands): "\(commands) is decided twice"
        case .outOfOrder(let commands, let overtaken):
            "\(commands) is decided before \(overtaken), which was accepted before it was asked for"
        case .committedUnderStaleEpoch: "a batch commits under a lease that is lost"
        case .sequenceBroken: "the sequence has a gap, or a number twice"
        case .buriedAndApplied(let commands): "\(commands) lies with the dead and was applied"
        case .takenTwice: "more units are held and confirmed than there are"
        case .expiredEarly(let booking):
            "\(Bookings.names[booking]) expires before its time, by the database's clock"
        case .confirmedAndExpired(let booking):
            "\(Bookings.names[booking]) expires, and is confirmed"
        case .confirmationOvertaken(let commands):
            "\(commands) was accepted before the hold's time was over, and finds it expired"
        case .lapsedHoldStays:
            "nothing leads from here to the end of a hold that has lapsed, without another fault"
        case .cannotDrain: "nothing leads from here to an empty queue without another fault"
        }
    }

    /// Whether it is the same promise, whichever the commands.
    package func isLike(_ other: Violation) -> Bool {
        switch (self, other) {
        case (.acceptedIsLost, .acceptedIsLost), (.acknowledgedTooEarly, .acknowledgedTooEarly),
            (.announcedTooEarly, .announcedTooEarly), (.decidedTwice, .decidedTwice),
            (.outOfOrder, .outOfOrder), (.buriedAndApplied, .buriedAndApplied),
            (.expiredEarly, .expiredEarly), (.confirmedAndExpired, .confirmedAndExpired),
            (.confirmationOvertaken, .confirmationOvertaken):
            true
        default: self == other
        }
    }
}
