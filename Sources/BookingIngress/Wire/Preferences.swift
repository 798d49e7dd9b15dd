/// What a client would like (RFC 7240): how long to wait for an outcome.
///
/// A preference is never an error: what cannot be read is passed over.
struct Preferences: Hashable, Sendable {
    /// The longest wait anybody gets, in seconds.
    static let waitSecondsMax = 30

    /// The seconds to wait, capped; `nil` when no wait is asked for.
    let waitSeconds: Int?

    /// Reads the values of the `Prefer` fields.
    init(fields: [String]) {
        waitSeconds =
            fields.lazy.flatMap { QuotedText.split($0, at: ASCII.comma) }
            .compactMap(Self.wait).first
    }

    private static func wait(_ preference: Substring) -> Int? {
        let parts = preference.utf8.prefix { $0 != ASCII.semicolon }
        guard let equals = parts.firstIndex(of: UInt8(ascii: "=")),
            parts[..<equals].trimmingBlanks.isField("wait")
        else { return nil }
        let number = QuotedText.unquoted(parts[equals...].dropFirst().trimmingBlanks)
        guard !number.isEmpty, number.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        let seconds = min(Int(number) ?? waitSecondsMax, waitSecondsMax)
        return seconds > 0 ? seconds : nil
    }
}
