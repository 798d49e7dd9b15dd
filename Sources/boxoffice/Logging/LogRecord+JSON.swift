import Logging
import JSON

extension LogRecord {
    /// The line for machines.
    ///
    /// `{"time": …, "level": …, "logger": …, "message": …, "metadata"?: {…}}`
    var jsonLine: String {
        let object = JSONValue.object([
            "time": .string(time.description),
            "level": .string(level.rawValue),
            "logger": .string(label),
            "message": .string(message),
            "metadata": metadata.isEmpty ? nil : Self.json(.dictionary(metadata)),
        ])
        return String(decoding: object.rendered, as: UTF8.self) + "\n"
    }

    private static func json(_ value: Logger.MetadataValue) -> JSONValue {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string(value.description)
        case .array(let values): .array(values.map(json))
        case .dictionary(let values):
            .object(
                values.sorted { $0.key < $1.key }.map { JSONMember($0.key, json($0.value)) })
        }
    }
}
