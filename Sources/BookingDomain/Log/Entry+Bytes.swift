/// An entry's bytes, the same for ever; `schemas/log/entry.v1.md` describes them.
///
/// Whole numbers are big-endian. What an entry holds depends on its kind; no bytes are left over, and the bytes
/// of an entry that was read are the bytes it is written as.
extension Entry {
    /// The format that is written.
    private static let format: UInt8 = 1
    /// The most bytes of an entry: its length fits in two bytes of the page.
    package static let bytesMax = 65_535

    /// What an entry is of, in its second byte.
    fileprivate enum Kind: UInt8 {
        case book = 1
        case hold, undecodable, confirm, pay, extend, cancel, undecodableChange, expire
    }

    /// What it came to, in its third byte: reasons and refusals begin at 16 and 64.
    private enum Result {
        static let applied: UInt8 = 0
        static let held: UInt8 = 1
        static let reasons: UInt8 = 16
        static let refusals: UInt8 = 64
    }

    /// What else there is, in its fourth byte.
    private enum Flag {
        static let hasAcceptedAt: UInt8 = 1
        static let hasHold: UInt8 = 2
        static let isPaying: UInt8 = 4
        static let more: UInt8 = 8
        static let all: UInt8 = 15
    }

    /// The entry's bytes.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        appendBytes(to: &bytes)
        return bytes
    }

    /// Appends ``bytes``.
    package func appendBytes(to bytes: inout [UInt8]) {
        let head = head
        bytes += [Self.format, head.kind.rawValue, head.result, head.flags]
        bytes.append(bigEndian: sequence)
        bytes.append(bigEndian: at.microsecondsSinceEpoch)
        if let acceptedAt { bytes.append(bigEndian: acceptedAt.microsecondsSinceEpoch) }
        command.appendBytes(to: &bytes)
        if let hold = head.hold {
            bytes.append(bigEndian: hold.expiresAt.microsecondsSinceEpoch)
            bytes.append(bigEndian: hold.extendableUntil.microsecondsSinceEpoch)
        }
        switch body {
        case .book(let basket, _, _):
            bytes.append(UInt8(basket.items.count))
            basket.appendPacked(to: &bytes)
        case .undecodable: break
        case .change(_, let booking, _): booking.appendBytes(to: &bytes)
        case .expire(let bookings, let time, _):
            bytes.append(bigEndian: time.microsecondsSinceEpoch)
            bytes += [
                UInt8(truncatingIfNeeded: bookings.count >> 8),
                UInt8(truncatingIfNeeded: bookings.count),
            ]
            for booking in bookings { booking.appendBytes(to: &bytes) }
        }
    }

    private var head: (kind: Kind, result: UInt8, flags: UInt8, hold: Hold?) {
        var flags: UInt8 = acceptedAt == nil ? 0 : Flag.hasAcceptedAt
        func holding(_ hold: Hold?) -> Hold? {
            guard let hold else { return nil }
            flags |= Flag.hasHold | (hold.isPaying ? Flag.isPaying : 0)
            return hold
        }
        switch body {
        case .book(_, let isHold, let decision):
            let kind: Kind = isHold ? .hold : .book
            switch decision {
            case .confirmed: return (kind, Result.applied, flags, nil)
            case .held(let hold):
                let hold = holding(hold)
                return (kind, Result.held, flags, hold)
            case .rejected(let reason):
                return (kind, Result.reasons + reason.code, flags, nil)
            }
        case .undecodable: return (.undecodable, Result.applied, flags, nil)
        case .change(let verb, _, .applied(let hold)):
            let hold = holding(hold)
            return (Kind(verb), Result.applied, flags, hold)
        case .change(let verb, _, .refused(let refusal)):
            return (Kind(verb), Result.refusals + refusal.code, flags, nil)
        case .expire(_, _, let more):
            return (.expire, Result.applied, flags | (more ? Flag.more : 0), nil)
        }
    }

    /// Reads an entry's bytes; `nil` when they are none that this program writes.
    package init?(bytes: ArraySlice<UInt8>) {
        var reader = EntryReader(bytes)
        guard reader.byte() == Self.format, let kind = reader.byte().flatMap(Kind.init),
            let result = reader.byte(), let flags = reader.byte(), flags & ~Flag.all == 0,
            let sequence = reader.integer(), BookingLimits.ordinals.contains(sequence),
            let at = reader.instant()
        else { return nil }
        var acceptedAt: Instant?
        if flags & Flag.hasAcceptedAt != 0 {
            guard let time = reader.instant() else { return nil }
            acceptedAt = time
        }
        guard let command = reader.id(CommandID.self) else { return nil }
        var hold: Hold?
        if flags & Flag.hasHold != 0 {
            guard let expiresAt = reader.instant(), let until = reader.instant() else { return nil }
            hold = Hold(
                expiresAt: expiresAt, extendableUntil: until,
                isPaying: flags & Flag.isPaying != 0)
        }
        guard let body = Self.body(kind, result, flags, hold, from: &reader), reader.isAtEnd
        else { return nil }
        self.init(
            sequence: sequence, at: at, command: command, acceptedAt: acceptedAt, body: body)
        // One entry has one form, so that what is proved of its bytes is proved of it.
        guard self.bytes[...] == bytes else { return nil }
    }

    private static func body(
        _ kind: Kind, _ result: UInt8, _ flags: UInt8, _ hold: Hold?,
        from reader: inout EntryReader
    ) -> Body? {
        switch kind {
        case .book, .hold:
            guard let basket = reader.basket() else { return nil }
            let decision: Decision
            switch (kind, result, hold) {
            case (.book, Result.applied, nil): decision = .confirmed
            case (.hold, Result.held, let hold?): decision = .held(hold)
            case (_, Result.reasons..<Result.refusals, nil):
                guard let reason = Reason(code: result - Result.reasons) else { return nil }
                decision = .rejected(reason)
            default: return nil
            }
            return .book(basket, holding: kind == .hold, decision)
        case .undecodable:
            return result == Result.applied && flags & Flag.hasAcceptedAt == 0 ? .undecodable : nil
        case .confirm, .pay, .extend, .cancel, .undecodableChange:
            guard let verb = kind.verb, let booking = reader.id(BookingKey.self),
                let resolution = resolution(of: verb, result, hold)
            else { return nil }
            return .change(verb, of: booking, resolution)
        case .expire:
            guard flags & Flag.hasAcceptedAt == 0, let time = reader.instant(),
                let count = reader.count(), (1...bookingsMax).contains(count)
            else { return nil }
            var bookings: [BookingKey] = []
            for _ in 0..<count {
                guard let booking = reader.id(BookingKey.self) else { return nil }
                bookings.append(booking)
            }
            return .expire(bookings, dueAt: time, more: flags & Flag.more != 0)
        }
    }

    private static func resolution(
        of verb: Command.Verb, _ result: UInt8, _ hold: Hold?
    ) -> Resolution? {
        guard result != Result.applied else {
            switch verb {
            case .confirm, .cancel: return hold == nil ? .applied(nil) : nil
            case .pay, .extend: return hold.map { .applied($0) }
            case .undecodable: return nil
            }
        }
        guard hold == nil, result >= Result.refusals,
            let refusal = Change.Refusal(code: result - Result.refusals),
            verb != .undecodable || refusal == .undecodable
        else { return nil }
        return .refused(refusal)
    }
}

extension Entry.Kind {
    fileprivate init(_ verb: Command.Verb) {
        self =
            switch verb {
            case .confirm: .confirm
            case .pay: .pay
            case .extend: .extend
            case .cancel: .cancel
            case .undecodable: .undecodableChange
            }
    }

    fileprivate var verb: Command.Verb? {
        switch self {
        case .confirm: .confirm
        case .pay: .pay
        case .extend: .extend
        case .cancel: .cancel
        case .undecodableChange: .undecodable
        case .book, .hold, .undecodable, .expire: nil
        }
    }
}

/// A word of a closed list that is written as a number, which is never given to another.
private protocol Coded: CaseIterable {
    var code: UInt8 { get }
}

extension Coded {
    fileprivate init?(code: UInt8) {
        guard let word = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = word
    }
}

extension Reason: Coded {
    fileprivate var code: UInt8 {
        switch self {
        case .soldOut: 0
        case .limitExceeded: 1
        case .eventClosed: 2
        case .unknownTicketType: 3
        case .deadlinePassed: 4
        case .undecodable: 5
        }
    }
}

extension Change.Refusal: Coded {
    fileprivate var code: UInt8 {
        switch self {
        case .notConfirmable: 0
        case .holdExpired: 1
        case .notExtendable: 2
        case .notCancellable: 3
        case .noBooking: 4
        case .undecodable: 5
        }
    }
}
