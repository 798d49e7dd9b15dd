extension JSONValue {
    /// The value as compact JSON text in UTF-8.
    package var rendered: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(512)
        render(into: &text)
        return text
    }

    private func render(into text: inout [UInt8]) {
        switch self {
        case .null: text += "null".utf8
        case .bool(let value): text += (value ? "true" : "false").utf8
        case .integer(let value): text += String(value).utf8
        // JSON has no way to write what is not finite.
        case .number(let value): text += (value.isFinite ? String(value) : "null").utf8
        case .string(let value): Self.render(value, into: &text)
        case .array(let elements):
            text.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                element.render(into: &text)
            }
            text.append(UInt8(ascii: "]"))
        case .object(let members):
            text.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                Self.render(member.name, into: &text)
                text.append(UInt8(ascii: ":"))
                member.value.render(into: &text)
            }
            text.append(UInt8(ascii: "}"))
        }
    }

    private static func render(_ string: String, into text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text.append(UInt8(ascii: "\\"))
                text.append(byte)
            case 0x00..<0x20:
                text += "\\u00".utf8
                text.append(hexadecimalDigits[Int(byte >> 4)])
                text.append(hexadecimalDigits[Int(byte & 0xF)])
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}

private let hexadecimalDigits = Array("0123456789abcdef".utf8)
