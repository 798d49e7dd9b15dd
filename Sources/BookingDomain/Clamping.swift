extension FixedWidthInteger {
    /// The whole part of `value`; the nearer end of the range for what lies beyond, 0 for what is not a
    /// number.
    package init(clamping value: Double) {
        if value >= Double(Self.max) {
            self = .max
        } else if value <= Double(Self.min) {
            self = .min
        } else {
            self = value.isNaN ? 0 : Self(value)
        }
    }
}

extension Duration {
    /// In whole milliseconds; the nearer end of the range for what lies beyond.
    package var clampedMilliseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000_000_000) }

    /// In whole microseconds; the nearer end of the range for what lies beyond.
    package var clampedMicroseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000_000) }

    /// In whole nanoseconds; the nearer end of the range for what lies beyond.
    package var clampedNanoseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000) }
}
