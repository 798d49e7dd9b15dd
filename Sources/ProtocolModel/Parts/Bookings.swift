/// Where a booking stands now.
struct Booking: Hashable, Sendable {
    var status: Status
    /// When its hold lapses, or would have lapsed; 0 when there was none.
    var expiresAt: UInt8 = 0

    enum Status: UInt8, Sendable {
        case none, rejected, held, confirmed, expired, cancelled
    }

    /// Whether it has its unit.
    var takes: Bool { status == .held || status == .confirmed }

    /// Whether it is held, and its time is over at `time`.
    func hasLapsed(at time: UInt8) -> Bool { status == .held && expiresAt <= time }
}

/// The bookings of a scenario with holds, a unit each, in one word.
struct Bookings: Hashable, Sendable {
    static let countMax = 2
    static let names = ["A", "B"]
    private var word: UInt16 = 0

    subscript(index: Int) -> Booking {
        get {
            let byte = UInt8(truncatingIfNeeded: word >> UInt16(8 * index))
            return Booking(status: .init(rawValue: byte >> 4) ?? .none, expiresAt: byte & 15)
        }
        set {
            let byte = newValue.status.rawValue << 4 | newValue.expiresAt & 15
            word &= ~(0xff << UInt16(8 * index))
            word |= UInt16(byte) << UInt16(8 * index)
        }
    }

    /// How many units are held or confirmed.
    var taken: UInt8 { UInt8((0..<Self.countMax).count { self[$0].takes }) }

    /// Those whose time is over and that are held all the same.
    func lapsed(at time: UInt8) -> [Int] {
        (0..<Self.countMax).filter { self[$0].hasLapsed(at: time) }
    }
}
