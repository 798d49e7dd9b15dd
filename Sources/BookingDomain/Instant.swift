/// A point in time, in microseconds since 1970-01-01T00:00:00Z.
///
/// The domain reads no clock: instants are handed to it. Microseconds are what Postgres keeps, so an
/// instant survives a round trip through the database unchanged.
package struct Instant: Hashable, Comparable, Sendable {
    package let microsecondsSinceEpoch: Int64

    package init(microsecondsSinceEpoch: Int64) {
        self.microsecondsSinceEpoch = microsecondsSinceEpoch
    }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.microsecondsSinceEpoch < right.microsecondsSinceEpoch
    }

    /// The time from `earlier` to this instant, negative when `earlier` is later.
    ///
    /// A `Duration` has room for the distance between any two instants.
    package func duration(since earlier: Instant) -> Duration {
        .microseconds(microsecondsSinceEpoch) - .microseconds(earlier.microsecondsSinceEpoch)
    }

    /// The instant that much later, or the last there is.
    package func advanced(by duration: Duration) -> Instant {
        let (sum, overflow) = microsecondsSinceEpoch.addingReportingOverflow(
            duration.clampedMicroseconds)
        return Instant(
            microsecondsSinceEpoch: !overflow ? sum : duration < .zero ? .min : .max)
    }
}
