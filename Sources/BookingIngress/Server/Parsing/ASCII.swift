/// Bytes and kinds of bytes that HTTP gives a meaning to.
enum ASCII {
    static let tab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let colon = UInt8(ascii: ":")
    static let comma = UInt8(ascii: ",")
    static let semicolon = UInt8(ascii: ";")
    static let quote = UInt8(ascii: "\"")
    static let percent = UInt8(ascii: "%")
    static let delete: UInt8 = 0x7f
    /// CR and LF, as a number with the first byte at the top.
    static let lineEnd: UInt16 = 0x0d0a

    /// Whether a name may have this byte: RFC 9110's `tchar`.
    static func isToken(_ byte: UInt8) -> Bool {
        guard byte < 0x80 else { return false }
        // Digits, letters, and !#$%&'*+-.^_`|~
        let bits: (UInt64, UInt64) = (0x03ff_6cfa_0000_0000, 0x57ff_ffff_c7ff_fffe)
        return (byte < 64 ? bits.0 >> byte : bits.1 >> (byte - 64)) & 1 == 1
    }

    /// Whether a field's value may have this byte (RFC 9110, 5.5).
    static func isFieldContent(_ byte: UInt8) -> Bool {
        byte >= space ? byte != delete : byte == tab
    }

    /// Whether none of eight bytes is a control character: under 0x20, or 0x7f, which is told by what a
    /// subtraction borrows.
    static func areVisible(_ bytes: UInt64) -> Bool {
        let (ones, tops): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        let deletes = bytes ^ (ones &* UInt64(delete))
        let isUnderSpace = (bytes &- ones &* UInt64(space)) & ~bytes
        let isDelete = (deletes &- ones) & ~deletes
        return (isUnderSpace | isDelete) & tops == 0
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

    /// Whether this byte stands for itself wherever it appears in a URI (RFC 3986, 2.3).
    static func isUnreserved(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
    }

    /// The value of a hexadecimal digit.
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
