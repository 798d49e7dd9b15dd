/// A user's id, a UUIDv7: the principal that bookings are bound to.
package struct UserID: UUIDIdentifier {
    private let halves: HalvedBits

    package var bits: UInt128 { halves.joined }

    package init(bits: UInt128) { halves = HalvedBits(bits) }

    /// Makes an id from the time of its making and 74 of the random bits.
    package init(now: Instant, random: UInt128) {
        self.init(bits: (UInt128(timeOf: now) | random >> 48).stamped(version: 7))
    }
}
