/// Why a text is no JSON, and where; safe to print, for it repeats nothing of the text.
package struct JSONParseError: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String
    /// Bytes before the place where reading failed.
    package let offset: Int

    package var description: String { "\(message) at byte \(offset)" }
}

extension JSONValue {
    /// Reads one JSON text, strictly by RFC 8259.
    ///
    /// What the RFC leaves open is refused, because readers differ on it: a member named twice,
    /// surrogates without a partner, a byte order mark; likewise nesting deeper than
    /// ``JSONParser/depthMax`` and objects of more than ``JSONParser/membersMax`` members.
    package init(parsing text: some Collection<UInt8>) throws(JSONParseError) {
        var parser = JSONParser(text: Array(text))
        self = try parser.document()
    }
}

/// A recursive-descent reader over the bytes of one JSON text.
package struct JSONParser {
    /// The deepest nesting of arrays and objects.
    package static let depthMax = 16
    /// The most members of one object; it keeps the search for a name short.
    package static let membersMax = 64

    private let text: [UInt8]
    private var position = 0
    private var depth = 0

    fileprivate init(text: [UInt8]) { self.text = text }

    fileprivate mutating func document() throws(JSONParseError) -> JSONValue {
        let value = try value()
        skipWhitespace()
        guard position == text.count else { throw error("something follows the value") }
        return value
    }

    private mutating func value() throws(JSONParseError) -> JSONValue {
        skipWhitespace()
        switch peek {
        case UInt8(ascii: "{"):
            return try nested { parser throws(JSONParseError) in
                .object(try parser.members())
            }
        case UInt8(ascii: "["):
            return try nested { parser throws(JSONParseError) in
                .array(try parser.elements())
            }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
            return try number()
        case nil: throw error("the text ends early")
        default: throw error("no value begins like this")
        }
    }

    private mutating func nested(
        _ read: (inout JSONParser) throws(JSONParseError) -> JSONValue
    ) throws(JSONParseError) -> JSONValue {
        guard depth < Self.depthMax else {
            throw error("values are nested deeper than \(Self.depthMax)")
        }
        depth += 1
        position += 1
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func members() throws(JSONParseError) -> [JSONMember] {
        var members: [JSONMember] = []
        skipWhitespace()
        if skip("}") { return members }
        repeat {
            skipWhitespace()
            guard peek == UInt8(ascii: "\"") else { throw error("a member's name is missing") }
            let name = try string()
            guard !members.contains(where: { $0.name == name }) else {
                throw error("a member is named twice")
            }
            guard members.count < Self.membersMax else {
                throw error("an object has more than \(Self.membersMax) members")
            }
            skipWhitespace()
            guard skip(":") else { throw error("a colon is missing") }
            members.append(JSONMember(name, try value()))
            skipWhitespace()
        } while skip(",")
        guard skip("}") else { throw error("a comma or the end of an object is missing") }
        return members
    }

    private mutating func elements() throws(JSONParseError) -> [JSONValue] {
        var elements: [JSONValue] = []
        skipWhitespace()
        if skip("]") { return elements }
        repeat {
            elements.append(try value())
            skipWhitespace()
        } while skip(",")
        guard skip("]") else { throw error("a comma or the end of an array is missing") }
        return elements
    }

    private mutating func word(
        _ word: StaticString, _ value: JSONValue
    ) throws(JSONParseError) -> JSONValue {
        let length = word.utf8CodeUnitCount
        guard text[position...].prefix(length).elementsEqual("\(word)".utf8) else {
            throw error("no value begins like this")
        }
        position += length
        return value
    }

    private mutating func skipWhitespace() {
        while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private var peek: UInt8? { position < text.count ? text[position] : nil }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private func error(_ message: String) -> JSONParseError {
        JSONParseError(message: message, offset: position)
    }
}

// MARK: - Numbers

extension JSONParser {
    private mutating func number() throws(JSONParseError) -> JSONValue {
        let start = position
        _ = skip("-")
        if skip("0") {
            if let byte = peek, isDigit(byte) { throw error("a number begins with 0") }
        } else {
            try digits()
        }
        var isPlain = true
        if skip(".") {
            isPlain = false
            try digits()
        }
        if skip("e") || skip("E") {
            isPlain = false
            if !skip("+") { _ = skip("-") }
            try digits()
        }
        let written = String(decoding: text[start..<position], as: UTF8.self)
        if isPlain, let integer = Int64(written) { return .integer(integer) }
        guard let number = Double(written) else { throw error("a number cannot be read") }
        // Beyond 2^53 a Double no longer tells neighbouring whole numbers apart.
        if number.magnitude <= 0x1p53, let integer = Int64(exactly: number) {
            return .integer(integer)
        }
        return .number(number)
    }

    private mutating func digits() throws(JSONParseError) {
        guard let byte = peek, isDigit(byte) else { throw error("a digit is missing") }
        while let byte = peek, isDigit(byte) { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

// MARK: - Strings

extension JSONParser {
    private mutating func string() throws(JSONParseError) -> String {
        position += 1
        var bytes: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                let start = position
                position += 1
                guard let string = String(validating: bytes, as: UTF8.self) else {
                    position = start
                    throw error("a string is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &bytes)
            case 0x00..<0x20:
                throw error("a control character stands in a string unescaped")
            default:
                bytes.append(byte)
                position += 1
            }
        }
        throw error("a string has no end")
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(JSONParseError) {
        let escaped: UInt8
        switch peek {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): escaped = text[position]
        case UInt8(ascii: "b"): escaped = 0x08
        case UInt8(ascii: "f"): escaped = 0x0C
        case UInt8(ascii: "n"): escaped = 0x0A
        case UInt8(ascii: "r"): escaped = 0x0D
        case UInt8(ascii: "t"): escaped = 0x09
        case UInt8(ascii: "u"):
            position += 1
            bytes += String(Character(try unicodeScalar())).utf8
            return
        default: throw error("a string has an unknown escape")
        }
        bytes.append(escaped)
        position += 1
    }

    private mutating func unicodeScalar() throws(JSONParseError) -> Unicode.Scalar {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
        if UTF16.isLeadSurrogate(first), skip("\\"), skip("u") {
            let second = try codeUnit()
            if UTF16.isTrailSurrogate(second) {
                return UTF16.decode(UTF16.EncodedScalar([first, second]))
            }
        }
        throw error("a string has half a surrogate pair")
    }

    private mutating func codeUnit() throws(JSONParseError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("a string has an unfinished escape")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}
