import Foundation

/// JSON to and from bytes, with errors that name the member and quote nothing.
enum MessageCoding {
    static func encode(_ value: some Encodable) throws(MessageError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(value)) } catch {
            throw MessageError("the message cannot be encoded")
        }
    }

    static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8]
    ) throws(MessageError) -> Value {
        do { return try JSONDecoder().decode(type, from: Data(bytes)) } catch {
            throw MessageError(explain(error))
        }
    }

    static func value(of wire: some Encodable) throws(MessageError) -> JSONValue {
        try decode(JSONValue.self, from: try encode(wire))
    }

    static func explain(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            "\(path(context.codingPath + [key])) is missing"
        case DecodingError.typeMismatch(_, let context):
            "\(path(context.codingPath)) has the wrong type"
        case DecodingError.valueNotFound(_, let context):
            "\(path(context.codingPath)) is null"
        case DecodingError.dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "the body is not JSON" : "\(path(context.codingPath)) is not valid"
        case let error as MessageError: error.message
        default: "the body cannot be read"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: "/")
    }
}
