/// The named limits of what may be asked for; the parsers of this module enforce them.
package enum BookingLimits {
    /// The most ticket types an event may have; it keeps a ticket type's number in one byte.
    package static let ticketTypesPerEventMax = 100
    /// The largest capacity of one ticket type.
    package static let capacityMax = 10_000_000
    /// The most items a basket may hold.
    package static let itemsPerBookingMax = 10
    /// The most tickets of one type a basket may ask for.
    package static let quantityPerItemMax = 50
    /// The times that may stand in messages and cursors, in microseconds since 1970: up to the year 2255.
    package static let microseconds: ClosedRange<Int64> = 0...8_999_999_999_999_999
    /// The times that clients may write and are shown: the years 1970 to 9999 in UTC.
    package static let times: ClosedRange<Instant> =
        Instant(
            microsecondsSinceEpoch: 0)...Instant(microsecondsSinceEpoch: 253_402_300_799_999_999)
    /// What is counted one by one: commands, versions, batches, epochs.
    ///
    /// Far from where counting on would overflow, and exact in every reader of JSON.
    package static let counts: ClosedRange<Int64> = 0...9_000_000_000_000_000
    /// The same for what begins with 1: a booking's sequence, an event's version.
    package static let ordinals: ClosedRange<Int64> = 1...counts.upperBound
    /// The most tickets of one type that a user may be limited to.
    package static let maxPerUserMax = 1000
    /// The dearest ticket, in minor units: what a whole booking costs is exact in every reader of JSON still.
    package static let priceAmountMax = 1_000_000_000_000
    /// The longest idempotency key, in characters.
    package static let idempotencyKeyMax = 255
    /// The most shards an id can name: twelve bits.
    package static let shardsMax = 4096
}
