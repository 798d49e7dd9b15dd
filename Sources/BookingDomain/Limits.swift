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
    package static let microseconds: Range<Int64> = 0..<9_000_000_000_000_000
    /// The longest idempotency key, in characters.
    package static let idempotencyKeyMax = 255
    /// The most shards an id can name: twelve bits.
    package static let shardsMax = 4096
}
