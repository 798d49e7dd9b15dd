import Foundation

/// A JSON Schema of `schemas/messages`, as far as those use the language.
///
/// A keyword that is not known here fails the test that comes across it, instead of being passed over.
struct MessageSchema {
    struct UnknownKeyword: Error { let keyword: String }

    private let root: [String: Any]

    init(_ name: String, file: String = #filePath) throws {
        let repository = URL(filePath: file).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let bytes = try Data(
            contentsOf: repository.appending(path: "schemas/messages/\(name).schema.json"))
        root = try JSONSerialization.jsonObject(with: bytes) as? [String: Any] ?? [:]
    }

    /// Whether the schema allows a JSON text; what is no JSON it does not.
    func allows(_ text: String) throws -> Bool {
        guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8)) else {
            return false
        }
        return try allows(value, root)
    }

    private func allows(_ value: Any, _ schema: [String: Any]) throws -> Bool {
        try schema.allSatisfy { keyword, rule in try holds(keyword, rule, value, schema) }
    }

    // One keyword a case.
    private func holds(
        _ keyword: String, _ rule: Any, _ value: Any, _ schema: [String: Any]
    ) throws -> Bool {
        switch (keyword, rule) {
        case ("$schema", _), ("$id", _), ("title", _), ("description", _), ("$defs", _): true
        case ("$ref", let name as String): try allows(value, definition(name))
        case ("type", let type as String): Self.isOf(type, value)
        case ("const", let wanted as String): value as? String == wanted
        case ("enum", let words as [String]): (value as? String).map(words.contains) ?? false
        case ("pattern", let pattern as String): try Self.matches(value, pattern)
        case ("minLength", let count as Int): Self.length(value).map { $0 >= count } ?? true
        case ("maxLength", let count as Int): Self.length(value).map { $0 <= count } ?? true
        case ("minimum", let bound as Int): Self.number(value).map { $0 >= Double(bound) } ?? true
        case ("maximum", let bound as Int): Self.number(value).map { $0 <= Double(bound) } ?? true
        case ("minItems", let count as Int): (value as? [Any]).map { $0.count >= count } ?? true
        case ("maxItems", let count as Int): (value as? [Any]).map { $0.count <= count } ?? true
        case ("items", let items as [String: Any]):
            try (value as? [Any])?.allSatisfy { try allows($0, items) } ?? true
        case ("required", let names as [String]):
            (value as? [String: Any]).map { object in names.allSatisfy { object[$0] != nil } }
                ?? true
        case ("properties", let properties as [String: [String: Any]]):
            try (value as? [String: Any])?.allSatisfy { name, member in
                try properties[name].map { try allows(member, $0) } ?? true
            } ?? true
        case ("not", let other as [String: Any]): try !allows(value, other)
        case ("anyOf", let others as [[String: Any]]): try others.contains { try allows(value, $0) }
        case ("allOf", let others as [[String: Any]]):
            try others.allSatisfy { try allows(value, $0) }
        default: throw UnknownKeyword(keyword: keyword)
        }
    }

    private func definition(_ reference: String) throws -> [String: Any] {
        let name = reference.replacing("#/$defs/", with: "")
        guard let definitions = root["$defs"] as? [String: [String: Any]],
            let definition = definitions[name]
        else { throw UnknownKeyword(keyword: reference) }
        return definition
    }

    private static func isOf(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "integer": number(value).map { $0.rounded() == $0 } ?? false
        default: false
        }
    }

    private static func number(_ value: Any) -> Double? {
        guard let number = value as? NSNumber, !isBool(number) else { return nil }
        return number.doubleValue
    }

    /// Foundation has one class for both.
    private static func isBool(_ number: NSNumber) -> Bool {
        String(cString: number.objCType) == "c"
    }

    private static func length(_ value: Any) -> Int? { (value as? String)?.unicodeScalars.count }

    private static func matches(_ value: Any, _ pattern: String) throws -> Bool {
        guard let text = value as? String else { return true }
        return try text.contains(Regex(pattern))
    }
}
