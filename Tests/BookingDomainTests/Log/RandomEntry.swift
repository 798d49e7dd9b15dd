import BookingDomain

/// Entries of every kind.
enum RandomEntry {
    static func make(using random: inout SplitMix, bookingsMax: Int = 500) -> Entry {
        let body = body(using: &random, bookingsMax: bookingsMax)
        let isAccepted =
            switch body {
            case .book, .change: Bool.random(using: &random)
            case .undecodable, .expire: false
            }
        return Entry(
            sequence: .random(in: BookingLimits.ordinals, using: &random),
            at: instant(using: &random), command: CommandID(bits: bits(using: &random)),
            acceptedAt: isAccepted ? instant(using: &random) : nil, body: body)
    }

    static func key(using random: inout SplitMix) -> BookingKey {
        BookingKey(bits: bits(using: &random))
    }

    private static func bits(using random: inout SplitMix) -> UInt128 {
        UInt128(random.next()) << 64 | UInt128(random.next())
    }

    private static func instant(using random: inout SplitMix) -> Instant {
        Instant(microsecondsSinceEpoch: .random(in: BookingLimits.microseconds, using: &random))
    }

    private static func hold(using random: inout SplitMix) -> Hold {
        Hold(
            expiresAt: instant(using: &random), extendableUntil: instant(using: &random),
            isPaying: .random(using: &random))
    }

    private static func basket(using random: inout SplitMix) -> Basket {
        var items: [Int: Int] = [:]
        for _ in 0..<Int.random(in: 1...10, using: &random) {
            items[.random(in: 1...100, using: &random)] = .random(in: 1...50, using: &random)
        }
        return .of(items)
    }

    private static func body(using random: inout SplitMix, bookingsMax: Int) -> Entry.Body {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return .undecodable
        case 1...4:
            let holding = Bool.random(using: &random)
            let reason = Reason.allCases.randomElement(using: &random) ?? .soldOut
            let decision: Entry.Decision =
                Bool.random(using: &random)
                ? .rejected(reason) : holding ? .held(hold(using: &random)) : .confirmed
            return .book(basket(using: &random), holding: holding, decision)
        case 5...8:
            let verb = Command.Verb.allCases.randomElement(using: &random) ?? .confirm
            return .change(
                verb, of: key(using: &random), resolution(of: verb, using: &random))
        default:
            let count = Int.random(in: 1...bookingsMax, using: &random)
            return .expire(
                (0..<count).map { _ in key(using: &random) }, dueAt: instant(using: &random),
                more: .random(using: &random))
        }
    }

    private static func resolution(
        of verb: Command.Verb, using random: inout SplitMix
    ) -> Entry.Resolution {
        if verb == .undecodable { return .refused(.undecodable) }
        if Bool.random(using: &random) {
            return .refused(Change.Refusal.allCases.randomElement(using: &random) ?? .noBooking)
        }
        return .applied(verb == .pay || verb == .extend ? hold(using: &random) : nil)
    }
}
