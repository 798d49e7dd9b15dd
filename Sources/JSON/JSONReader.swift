/// Reads one JSON text piece by piece, strictly by RFC 8259: whoever reads says what is to come, and
/// nothing is built that nobody asked for.
///
/// What the RFC leaves open is refused, because readers differ on it: surrogates without a partner, a
/// byte order mark; likewise nesting deeper than ``depthMax`` and objects of more than
/// ``membersMax`` members. A member named twice is for whoever reads the object to refuse, as
/// ``value()`` does.
///
/// After an error the reader stands somewhere in the text; ``return(to:)`` brings it back to a place
/// it was at before.
package struct JSONReader: Sendable {
    /// The deepest nesting of arrays and objects.
    package static let depthMax = 16
    /// The most members of one object.
    package static let membersMax = 64

    let text: [UInt8]
    var position = 0
    private var depth = 0

    package init(_ text: [UInt8]) { self.text = text }

    /// A place in the text.
    package struct Mark: Sendable {
        fileprivate let position: Int
        fileprivate let depth: Int
    }

    /// How many bytes have been read.
    package var offset: Int { position }

    /// Where the reader stands.
    package var mark: Mark { Mark(position: position, depth: depth) }

    /// Goes back to where the reader stood before.
    package mutating func `return`(to mark: Mark) {
        position = mark.position
        depth = mark.depth
    }

    /// Makes sure that nothing follows.
    package mutating func finish() throws(JSONError) {
        skipWhitespace()
        guard position == text.count else { throw malformed("something follows the value") }
    }

    /// An object or array that is being read, and how much of it has been.
    package struct Container: Sendable {
        fileprivate var count = 0
    }

    /// Begins to read an object; its members come from ``nextName(in:)``.
    package mutating func beginObject() throws(JSONError) -> Container {
        try enter("{", "an object")
    }

    /// The name of the object's next member, whose value must be read then; `nil` at the end.
    package mutating func nextName(in object: inout Container) throws(JSONError) -> JSONName? {
        guard try goOn(in: &object, until: "}") else { return nil }
        guard object.count <= Self.membersMax else {
            throw malformed("an object has more than \(Self.membersMax) members")
        }
        skipWhitespace()
        guard peek == UInt8(ascii: "\"") else { throw malformed("a member's name is missing") }
        let name = JSONName(bytes: try stringBytes())
        skipWhitespace()
        guard skip(":") else { throw malformed("a colon is missing") }
        return name
    }

    /// Begins to read an array; that an element follows is told by ``nextElement(in:)``.
    package mutating func beginArray() throws(JSONError) -> Container {
        try enter("[", "an array")
    }

    /// Whether another element follows, which must be read then; `false` at the array's end.
    package mutating func nextElement(in array: inout Container) throws(JSONError) -> Bool {
        try goOn(in: &array, until: "]")
    }

    /// Reads `null` if that is what follows.
    package mutating func null() throws(JSONError) -> Bool {
        skipWhitespace()
        guard peek == UInt8(ascii: "n") else { return false }
        try word("null")
        return true
    }

    /// Reads `true` or `false`.
    package mutating func bool() throws(JSONError) -> Bool {
        skipWhitespace()
        switch peek {
        case UInt8(ascii: "t"):
            try word("true")
            return true
        case UInt8(ascii: "f"):
            try word("false")
            return false
        default: throw try wrongType("true or false")
        }
    }

    /// Reads a string as text.
    package mutating func string() throws(JSONError) -> String {
        String(decoding: try bytesOfString(), as: UTF8.self)
    }

    /// Reads a string as its bytes in UTF-8, which are not copied when nothing in it was escaped.
    package mutating func bytesOfString() throws(JSONError) -> ArraySlice<UInt8> {
        skipWhitespace()
        guard peek == UInt8(ascii: "\"") else { throw try wrongType("a string") }
        return try stringBytes()
    }

    /// Reads past one value, whatever it is, and returns its text.
    package mutating func skipValue() throws(JSONError) -> ArraySlice<UInt8> {
        skipWhitespace()
        let start = position
        switch peek {
        case UInt8(ascii: "{"):
            var object = try beginObject()
            while try nextName(in: &object) != nil { _ = try skipValue() }
        case UInt8(ascii: "["):
            var array = try beginArray()
            while try nextElement(in: &array) { _ = try skipValue() }
        case UInt8(ascii: "\""): _ = try stringBytes()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
            _ = try numeral()
        case nil: throw malformed("the text ends early")
        default: throw malformed("no value begins like this")
        }
        return text[start..<position]
    }

    private mutating func enter(
        _ bracket: Unicode.Scalar, _ wanted: String
    ) throws(JSONError) -> Container {
        skipWhitespace()
        guard peek == UInt8(ascii: bracket) else { throw try wrongType(wanted) }
        guard depth < Self.depthMax else {
            throw malformed("values are nested deeper than \(Self.depthMax)")
        }
        depth += 1
        position += 1
        return Container()
    }

    /// Reads the comma before the next member or element, or the bracket after the last.
    private mutating func goOn(
        in container: inout Container, until bracket: Unicode.Scalar
    ) throws(JSONError) -> Bool {
        skipWhitespace()
        if skip(bracket) {
            depth -= 1
            return false
        }
        guard container.count == 0 || skip(",") else {
            throw malformed("a comma or a closing bracket is missing")
        }
        container.count += 1
        return true
    }

    private mutating func word(_ word: StaticString) throws(JSONError) {
        let length = word.utf8CodeUnitCount
        let isThere = word.withUTF8Buffer { text[position...].prefix(length).elementsEqual($0) }
        guard isThere else { throw malformed("no value begins like this") }
        position += length
    }
}

// What the parts of the reader share.
extension JSONReader {
    var peek: UInt8? { position < text.count ? text[position] : nil }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func skipWhitespace() {
        while let byte = peek, byte == 0x20 || (0x09...0x0D).contains(byte) {
            guard byte != 0x0B, byte != 0x0C else { return }
            position += 1
        }
    }

    func malformed(_ message: String) -> JSONError {
        JSONError(.malformed, message, at: position)
    }

    /// The error for a value that is not `wanted`; what is not even JSON is that error instead.
    mutating func wrongType(_ wanted: String) throws(JSONError) -> JSONError {
        let start = position
        _ = try skipValue()
        return JSONError(.wrongType, "this is not \(wanted)", at: start)
    }
}

/// The name of an object's member, to be compared with the names that are known.
package struct JSONName: Sendable {
    package let bytes: ArraySlice<UInt8>

    /// Lets a `switch` over a name have plain texts as its cases.
    package static func ~= (text: StaticString, name: JSONName) -> Bool {
        guard text.utf8CodeUnitCount == name.bytes.count else { return false }
        return text.withUTF8Buffer { $0.elementsEqual(name.bytes) }
    }
}
