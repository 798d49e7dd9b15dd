import Logging

extension LogRecord {
    /// The line for people.
    ///
    /// `2026-01-31T12:34:56.789Z INFO  a sentence key=value other="with spaces"`
    func textLine(inColor: Bool) -> String {
        let word = level.rawValue.uppercased()
        var line = "\(time) "
        line += inColor ? "\u{1B}[\(level.colorCode)m\(word)\u{1B}[0m" : word
        line += String(repeating: " ", count: max(1, 9 - word.count))
        line += Self.visible(message, quotes: false)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line +=
                " \(Self.visible(key, quotes: false))=\(Self.bareOrQuoted(Self.text(of: value)))"
        }
        return line + "\n"
    }

    private static func text(of value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): text
        case .stringConvertible(let value): value.description
        case .array(let values):
            "[\(values.map(text(of:)).joined(separator: ","))]"
        case .dictionary(let values):
            "{"
                + values.sorted { $0.key < $1.key }
                .map { "\($0.key)=\(text(of: $0.value))" }.joined(separator: ",") + "}"
        }
    }

    /// A value stands bare when it cannot be mistaken for something else.
    private static func bareOrQuoted(_ value: String) -> String {
        let isBare =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy { $0 > " " && $0 != "\"" && $0 != "\u{7F}" }
        return isBare ? visible(value, quotes: false) : "\"\(visible(value, quotes: true))\""
    }

    /// `text` without control characters, so that nothing logged can end a line or steer a terminal.
    private static func visible(_ text: String, quotes: Bool) -> String {
        var visible = ""
        visible.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": visible += "\\n"
            case "\r": visible += "\\r"
            case "\t": visible += "\\t"
            case "\"" where quotes: visible += "\\\""
            case "\\" where quotes: visible += "\\\\"
            case _ where scalar.properties.generalCategory == .control:
                visible += "\\u{\(String(scalar.value, radix: 16))}"
            default: visible.unicodeScalars.append(scalar)
            }
        }
        return visible
    }
}

extension Logger.Level {
    /// The terminal's number of the colour that the level has.
    fileprivate var colorCode: Int {
        switch self {
        case .trace, .debug: 90
        case .info: 32
        case .notice: 36
        case .warning: 33
        case .error, .critical: 31
        }
    }
}
