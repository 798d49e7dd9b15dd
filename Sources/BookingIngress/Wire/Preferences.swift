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
            fields.lazy.flatMap { $0.utf8.split(separator: UInt8(ascii: ",")) }
            .compactMap(Self.wait).first
    }

    private static func wait(_ preference: Substring.UTF8View) -> Int? {
        let parts = preference.prefix { $0 != UInt8(ascii: ";") }
            .split(separator: UInt8(ascii: "="), maxSplits: 1)
        guard parts.count == 2, String(Substring(parts[0].trimmed)).lowercased() == "wait" else {
            return nil
        }
        var number = parts[1].trimmed
        if number.count >= 2, number.first == UInt8(ascii: "\""), number.last == UInt8(ascii: "\"")
        {
            number = number.dropFirst().dropLast()
        }
        guard !number.isEmpty, number.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        let seconds = min(Int(Substring(number)) ?? waitSecondsMax, waitSecondsMax)
        return seconds > 0 ? seconds : nil
    }
}

extension Substring.UTF8View {
    fileprivate var trimmed: Substring.UTF8View {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var text = drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}
