extension JSONReader {
    /// Reads the string that begins here: a part of the text itself, unless something in it is escaped.
    mutating func stringBytes() throws(JSONError) -> ArraySlice<UInt8> {
        position += 1
        let start = position
        var isASCII = true
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                let bytes = text[start..<position]
                position += 1
                guard isASCII || isUTF8(bytes) else {
                    position = start - 1
                    throw malformed("a string is not UTF-8")
                }
                return bytes
            case UInt8(ascii: "\\"): return try escapedString(after: text[start..<position])
            case 0x00..<0x20: throw malformed("a control character stands in a string unescaped")
            default:
                if byte >= 0x80 { isASCII = false }
                position += 1
            }
        }
        throw malformed("a string has no end")
    }

    private mutating func escapedString(
        after beginning: ArraySlice<UInt8>
    ) throws(JSONError) -> ArraySlice<UInt8> {
        let start = beginning.startIndex - 1
        var bytes = Array(beginning)
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard isUTF8(bytes[...]) else {
                    position = start
                    throw malformed("a string is not UTF-8")
                }
                return bytes[...]
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &bytes)
            case 0x00..<0x20: throw malformed("a control character stands in a string unescaped")
            default:
                bytes.append(byte)
                position += 1
            }
        }
        throw malformed("a string has no end")
    }

    private func isUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
        String(validating: bytes, as: UTF8.self) != nil
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(JSONError) {
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
        default: throw malformed("a string has an unknown escape")
        }
        bytes.append(escaped)
        position += 1
    }

    private mutating func unicodeScalar() throws(JSONError) -> Unicode.Scalar {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
        if UTF16.isLeadSurrogate(first), skip("\\"), skip("u") {
            let second = try codeUnit()
            if UTF16.isTrailSurrogate(second) {
                return UTF16.decode(UTF16.EncodedScalar([first, second]))
            }
        }
        throw malformed("a string has half a surrogate pair")
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw malformed("a string has an unfinished escape")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}
