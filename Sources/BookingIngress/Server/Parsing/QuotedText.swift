/// Texts in which separators within quotes separate nothing (RFC 9110, 5.6.4).
enum QuotedText {
    /// The parts between separators that stand outside of quotes; a quote without end lasts to the end.
    static func split(_ text: some StringProtocol, at separator: UInt8) -> [Substring] {
        let text = Substring(text)
        let bytes = text.utf8
        var parts: [Substring] = []
        var (start, index) = (bytes.startIndex, bytes.startIndex)
        var (isQuoted, isEscaped) = (false, false)
        while index < bytes.endIndex {
            let byte = bytes[index]
            if isEscaped {
                isEscaped = false
            } else if byte == ASCII.quote {
                isQuoted.toggle()
            } else if isQuoted {
                isEscaped = byte == UInt8(ascii: "\\")
            } else if byte == separator {
                parts.append(text[start..<index])
                start = bytes.index(after: index)
            }
            index = bytes.index(after: index)
        }
        parts.append(text[start...])
        return parts
    }

    /// What stands in the quotes, or the text itself when it has none.
    static func unquoted(_ text: Substring) -> String {
        guard text.utf8.count >= 2, text.utf8.first == ASCII.quote, text.utf8.last == ASCII.quote
        else { return String(text) }
        var result: [UInt8] = []
        var isEscaped = false
        for byte in text.utf8.dropFirst().dropLast() {
            if !isEscaped, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                result.append(byte)
                isEscaped = false
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
