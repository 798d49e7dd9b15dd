/// Writes one JSON text piece by piece, compactly.
///
/// It puts the commas; that names and values, beginnings and ends come in a sensible order is the
/// caller's affair.
package struct JSONWriter: Sendable {
    /// The text as far as it is written, in UTF-8.
    package private(set) var text: [UInt8] = []
    /// Whether another element or member would follow one.
    private var needsComma = false

    package init(reserving bytes: Int = 512) { text.reserveCapacity(bytes) }

    /// Writes an object, whose members `members` writes.
    package mutating func object(_ members: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        members(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes an array, whose elements `elements` writes.
    package mutating func array(_ elements: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        elements(&self)
        close(UInt8(ascii: "]"))
    }

    /// Writes the name of a member, which must be plain ASCII; its value is to follow.
    package mutating func name(_ name: StaticString) {
        separate()
        text.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { text.append(contentsOf: $0) }
        text.append(UInt8(ascii: "\""))
        text.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes any name.
    package mutating func name(_ name: String) {
        string(name)
        text.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func integer(_ number: Int64) {
        separate()
        if number < 0 { text.append(UInt8(ascii: "-")) }
        appendDigits(number.magnitude)
    }

    package mutating func integer(_ number: Int) { integer(Int64(number)) }

    /// Writes a number with a fraction; JSON has no way to write what is not finite, which becomes null.
    package mutating func number(_ number: Double) {
        separate()
        text += (number.isFinite ? String(number) : "null").utf8
    }

    package mutating func bool(_ value: Bool) {
        separate()
        text += (value ? "true" : "false").utf8
    }

    package mutating func null() {
        separate()
        text += "null".utf8
    }

    /// Writes a string, escaping what must be.
    package mutating func string(_ string: String) {
        separate()
        text.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text.append(UInt8(ascii: "\\"))
                text.append(byte)
            case 0x00..<0x20:
                text += "\\u00".utf8
                text.append(Self.hexadecimalDigits[Int(byte >> 4)])
                text.append(Self.hexadecimalDigits[Int(byte & 0xF)])
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }

    /// Writes a string of which `write` appends the bytes; none of them may need escaping.
    package mutating func plainString(_ write: (inout [UInt8]) -> Void) {
        separate()
        text.append(UInt8(ascii: "\""))
        write(&text)
        text.append(UInt8(ascii: "\""))
    }

    /// Writes a value that is JSON already.
    package mutating func raw(_ json: ArraySlice<UInt8>) {
        separate()
        text += json
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        text.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        text.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { text.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func appendDigits(_ number: UInt64) {
        var place = text.count + Self.digitCount(of: number)
        // From the last to the first, in their places: to turn them round would take another array.
        text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: place - text.count))
        var rest = number
        while rest > 0 {
            place -= 1
            text[place] += UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    private static func digitCount(of number: UInt64) -> Int {
        var count = 1
        var rest = number / 10
        while rest > 0 {
            count += 1
            rest /= 10
        }
        return count
    }

    private static let hexadecimalDigits = Array("0123456789abcdef".utf8)
}
