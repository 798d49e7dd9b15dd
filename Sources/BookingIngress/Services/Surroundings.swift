package import BookingDomain
import Foundation

/// What the use cases take from outside: the time and randomness.
package struct Surroundings: Sendable {
    package let now: @Sendable () -> Instant
    package let random: @Sendable () -> UInt64

    package init(
        now: @escaping @Sendable () -> Instant, random: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.random = random
    }

    /// The system's clock and its cryptographically secure randomness.
    package static let system = Surroundings(
        now: {
            Instant(microsecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1_000_000))
        },
        random: { UInt64.random(in: .min ... .max) })
}
