/// Any JSON value (RFC 8259): what requests are read from and responses are written as.
///
/// Numbers that are exactly a whole number are ``integer(_:)`` however they were written (`2`, `2.0`,
/// `2e0`), as JSON Schema has it, and no others. Members of an object keep their order.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A number with a fraction, or one too large for an ``integer(_:)``: the nearest there is, perhaps
    /// infinite.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])

    /// An object of those of `members` that have a value.
    package static func object(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { name, value in value.map { JSONMember(name, $0) } })
    }

    /// The member of that name, when this is an object that has it.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text, when this is a string.
    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number, when this is a whole one.
    package var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The elements, when this is an array.
    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}

/// A member of a JSON object.
package struct JSONMember: Hashable, Sendable {
    package let name: String
    package let value: JSONValue

    package init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}
