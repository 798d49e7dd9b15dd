/// Base64 with the URL alphabet and no padding (RFC 4648, section 5).
enum Base64URL {
    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the text of `bytes` in ASCII.
    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        text.append(addingCapacity: (bytes.count * 4 + 2) / 3) { text in
            for first in stride(from: 0, to: bytes.count, by: 3) {
                let (hasSecond, hasThird) = (first + 1 < bytes.count, first + 2 < bytes.count)
                var group = UInt32(bytes[first]) << 16
                if hasSecond { group |= UInt32(bytes[first + 1]) << 8 }
                if hasThird { group |= UInt32(bytes[first + 2]) }
                text.append(character(of: group >> 18))
                text.append(character(of: group >> 12))
                if hasSecond { text.append(character(of: group >> 6)) }
                if hasThird { text.append(character(of: group)) }
            }
        }
    }

    /// `nil` for foreign characters, impossible lengths and left-over bits that are not zero, so that
    /// no two texts stand for the same bytes.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 3 / 4)
        var window: UInt32 = 0
        var bits = 0
        for character in text.utf8 {
            guard let value = value(of: character) else { return nil }
            window = window << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: window >> UInt32(bits)))
            }
        }
        let leftOver = window & (1 << UInt32(bits) - 1)
        return bits < 6 && leftOver == 0 ? bytes : nil
    }

    /// The character of the lowest six bits.
    private static func character(of bits: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: bits & 0x3F)
        // In steps from each range of the alphabet to the next (A, a, 0, -, _), since a branch would be
        // mispredicted for every other character.
        var character = value &+ UInt8(ascii: "A")
        character &+= value > 25 ? 6 : 0
        character &-= value > 51 ? 75 : 0
        character &-= value > 61 ? 13 : 0
        character &+= value > 62 ? 49 : 0
        return character
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case 0x41...0x5A: character - 0x41
        case 0x61...0x7A: character - 0x61 + 26
        case 0x30...0x39: character - 0x30 + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
