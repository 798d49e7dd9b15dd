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
        var bits: UInt128 = 0
        var digits = 0
        var position = 0
        for byte in text.utf8 {
            if [8, 13, 18, 23].contains(position) {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard let digit = hexadecimalValue(of: byte), digits < 32 else { return nil }
                bits = bits << 4 | UInt128(digit)
                digits += 1
            }
            position += 1
        }
        guard position == 36 else { return nil }
        self.init(bits: bits)
    }

    /// Takes the identifier's 16 bytes, most significant first.
    package init(bytes: some Sequence<UInt8>) {
        self.init(bits: bytes.prefix(16).reduce(0) { $0 << 8 | UInt128($1) })
    }

    /// The 16 bytes of the identifier, most significant first.
    package var bytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: bits >> UInt128(8 * (15 - $0))) }
    }

    package var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let value = UInt8(truncatingIfNeeded: bits >> UInt128(4 * (31 - nibble))) & 0xF
                buffer[position] = value < 10 ? 0x30 + value : 0x57 + value
                position += 1
            }
            return position
        }
    }
}

private func hexadecimalValue(of byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
}
