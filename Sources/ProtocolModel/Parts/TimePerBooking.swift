/// A time for each booking, or none: what an owner waits for, or when a confirmation was accepted.
struct TimePerBooking: Hashable, Sendable {
    /// Four bits a booking: the time plus one, or 0.
    private(set) var byte: UInt8 = 0

    subscript(booking: Int) -> UInt8? {
        get {
            let bits = byte >> UInt8(4 * booking) & 15
            return bits == 0 ? nil : bits - 1
        }
        set {
            byte &= ~(15 << UInt8(4 * booking))
            if let newValue { byte |= ((newValue + 1) & 15) << UInt8(4 * booking) }
        }
    }

    var earliest: UInt8? { (0..<Bookings.countMax).compactMap { self[$0] }.min() }

    mutating func remove(upTo time: UInt8) {
        for booking in 0..<Bookings.countMax {
            if let due = self[booking], due <= time { self[booking] = nil }
        }
    }
}
