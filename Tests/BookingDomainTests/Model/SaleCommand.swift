import BookingDomain

/// A command by plain numbers, as the model takes it, and as the domain does.
struct SaleCommand {
    enum Verb: CaseIterable { case confirm, pay, extend, cancel, undecodable }

    enum Asks {
        case book([Int: Int], hold: Bool)
        case unreadable
        case change(Verb)
        /// Microseconds after the beginning.
        case tick(Int64)
    }

    /// Tells one change from another.
    var number: Int
    var booking: Int
    var user: Int
    var asks: Asks

    /// The command that the domain is given.
    var command: Command {
        let key = Self.key(booking)
        let user = SaleCommand.user(user)
        switch asks {
        case .book(let wants, let hold):
            return .book(
                .of(wants), holding: hold, as: key, of: Fixture.event, by: user, at: Fixture.now)
        case .unreadable: return .undecodable(key, of: Fixture.event, by: user)
        case .change(let verb):
            return Command(
                id: id, event: Fixture.event, actor: user, acceptedAt: Fixture.now,
                body: .change(verb.ledgerVerb, of: key))
        case .tick(let time): return .tick(Fixture.event, at: Self.instant(time))
        }
    }

    /// The id of a change.
    var id: CommandID { CommandID(bits: 1 << 100 | UInt128(number)) }

    static func key(_ number: Int) -> BookingKey { BookingKey(bits: 1 << 90 | UInt128(number)) }

    static func number(_ key: BookingKey) -> Int { Int(truncatingIfNeeded: key.bits) }

    static func user(_ number: Int) -> UserID { UserID(bits: UInt128(number + 1)) }

    static func instant(_ time: Int64) -> Instant {
        Fixture.now.advanced(by: .microseconds(time))
    }

    static func time(_ instant: Instant) -> Int64 {
        instant.microsecondsSinceEpoch - Fixture.now.microsecondsSinceEpoch
    }
}

extension SaleCommand.Verb {
    fileprivate var ledgerVerb: Command.Verb {
        switch self {
        case .confirm: .confirm
        case .pay: .pay
        case .extend: .extend
        case .cancel: .cancel
        case .undecodable: .undecodable
        }
    }
}
