extension JSONValue {
    /// Reads one JSON text as ``JSONReader`` does; also a member named twice is refused.
    package init(parsing text: some Collection<UInt8>) throws(JSONError) {
        var reader = JSONReader(Array(text))
        self = try reader.value()
        try reader.finish()
    }
}

extension JSONReader {
    /// Reads one value, whatever it is.
    package mutating func value() throws(JSONError) -> JSONValue {
        skipWhitespace()
        switch peek {
        case UInt8(ascii: "{"): return .object(try members())
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            var array = try beginArray()
            while try nextElement(in: &array) { elements.append(try value()) }
            return .array(elements)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try bool())
        case UInt8(ascii: "n"):
            _ = try null()
            return .null
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
            switch try number() {
            case .integer(let number): return .integer(number)
            case .fraction(let number): return .number(number)
            }
        case nil: throw malformed("the text ends early")
        default: throw malformed("no value begins like this")
        }
    }

    private mutating func members() throws(JSONError) -> [JSONMember] {
        var members: [JSONMember] = []
        var object = try beginObject()
        while let name = try nextName(in: &object) {
            let name = String(decoding: name.bytes, as: UTF8.self)
            // There are never many: see `membersMax`.
            guard !members.contains(where: { $0.name == name }) else {
                throw malformed("a member is named twice")
            }
            members.append(JSONMember(name, try value()))
        }
        return members
    }
}
