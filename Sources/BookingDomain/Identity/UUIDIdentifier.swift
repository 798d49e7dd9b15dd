/// An identifier of 128 bits that is written as a UUID (RFC 9562): lower case, with hyphens.
package protocol UUIDIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The 128 bits, the first byte of the UUID in the most significant place.
    var bits: UInt128 { get }
    init(bits: UInt128)
}

extension UUIDIdentifier {
    package static func < (left: Self, right: Self) -> Bool { left.bits < right.bits }

    /// Parses the 36 characters of a UUID; `nil` for anything else.
    package init?(_ text: some StringProtocol) {
        self.init(text: Array(text.utf8)[...])
    }

    /// Parses the 36 characters of a UUID in ASCII; `nil` for anything else.
    package init?(text: ArraySlice<UInt8>) {
        guard let bits = UUIDText.bits(of: text) else { return nil }
        self.init(bits: bits)
    }

    /// Takes the identifier's 16 bytes, most significant first.
    package init(bytes: some Sequence<UInt8>) {
        self.init(bits: HalvedBits(bytes: bytes).joined)
    }

    /// The 16 bytes of the identifier, most significant first.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        appendBytes(to: &bytes)
        return bytes
    }

    /// Appends ``bytes``.
    package func appendBytes(to bytes: inout [UInt8]) {
        HalvedBits(bits).appendBytes(to: &bytes)
    }

    /// Appends the 36 characters in ASCII.
    package func append(to text: inout [UInt8]) { UUIDText.append(bits, to: &text) }

    package var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(UUIDText.length)
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}

/// The written form of a UUID.
private enum UUIDText {
    static let length = 36
    static func bits(of text: ArraySlice<UInt8>) -> UInt128? {
        guard text.count == length else { return nil }
        // Two words, for arithmetic on 128 bits costs more than all the rest.
        var words: (high: UInt64, low: UInt64) = (0, 0)
        var position = 0
        for byte in text {
            if isHyphen(position) {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard let digit = value(of: byte) else { return nil }
                words.high = words.high << 4 | words.low >> 60
                words.low = words.low << 4 | UInt64(digit)
            }
            position += 1
        }
        return UInt128(words.high) << 64 | UInt128(words.low)
    }

    static func append(_ bits: UInt128, to text: inout [UInt8]) {
        text.append(addingCapacity: length) { text in
            var words = (
                UInt64(truncatingIfNeeded: bits >> 64), UInt64(truncatingIfNeeded: bits)
            )
            for position in 0..<length {
                if isHyphen(position) {
                    text.append(UInt8(ascii: "-"))
                    continue
                }
                text.append(digit(of: UInt8(words.0 >> 60)))
                words.0 = words.0 << 4 | words.1 >> 60
                words.1 <<= 4
            }
        }
    }

    private static func digit(of value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func isHyphen(_ position: Int) -> Bool {
        position == 8 || position == 13 || position == 18 || position == 23
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }
}
