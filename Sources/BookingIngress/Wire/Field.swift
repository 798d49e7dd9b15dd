import HTTPTypes
import JSON
import ProblemDetails

/// A place in a request's body: what stands there, and the JSON pointer to it.
struct Field: Sendable {
    /// What stands here; `nil` when nothing does, or `null`.
    let value: JSONValue?
    private let place: Place

    /// Where something stands; a pointer is made of it only when it is asked for.
    private indirect enum Place: Sendable {
        case body
        case member(String, of: Place)
        case element(Int, of: Place)

        var pointer: String {
            switch self {
            case .body: ""
            case .member(let name, let parent): "\(parent.pointer)/\(name)"
            case .element(let index, let parent): "\(parent.pointer)/\(index)"
            }
        }
    }

    /// The whole body.
    init(body: JSONValue) { self.init(body, at: .body) }

    private init(_ value: JSONValue?, at place: Place) {
        self.value = value == .null ? nil : value
        self.place = place
    }

    var pointer: String { place.pointer }

    /// The member of that name.
    subscript(name: String) -> Field { Field(value?[name], at: .member(name, of: place)) }

    /// This field, when something stands here.
    var ifGiven: Field? { value == nil ? nil : self }

    fileprivate func element(_ index: Int, _ value: JSONValue) -> Field {
        Field(value, at: .element(index, of: place))
    }
}

/// Reads fields and collects everything that is wrong with them, so that a client hears of all of it
/// at once.
///
/// Each reader answers `nil` for a field that is not right, having noted why. ``finish(_:)`` ends
/// the reading. Members nobody asks for are ignored: clients may be newer than this server.
struct FieldReader: Sendable {
    private(set) var errors: [InvalidField] = []

    /// Notes that a field is wrong.
    mutating func refuse(_ field: Field, _ detail: String) {
        errors.append(InvalidField(pointer: field.pointer, detail: detail))
    }

    /// The result, when nothing was wrong.
    func finish<Value>(_ value: Value?) throws(Problem) -> Value {
        guard errors.isEmpty, let value else {
            throw Problem(
                .unprocessableContent, "invalid-request",
                "Some fields of the request are not right.",
                errors: errors)
        }
        return value
    }

    /// Whether the field is an object; what is not is noted.
    mutating func object(_ field: Field) -> Bool {
        guard let value = field.value else {
            refuse(field, "is required")
            return false
        }
        if case .object = value { return true }
        refuse(field, "must be an object")
        return false
    }

    /// The elements of an array.
    mutating func elements(_ field: Field, count: ClosedRange<Int>) -> [Field]? {
        guard let value = field.value else { return refusing(field, "is required") }
        guard let array = value.array else { return refusing(field, "must be an array") }
        guard count.contains(array.count) else {
            return refusing(
                field, "must have \(count.lowerBound) to \(count.upperBound) elements")
        }
        return array.enumerated().map { field.element($0.offset, $0.element) }
    }

    /// A whole number.
    mutating func integer(_ field: Field, in range: ClosedRange<Int>) -> Int? {
        guard let value = field.value else { return refusing(field, "is required") }
        let bounds = "must be \(range.lowerBound) to \(range.upperBound)"
        switch value {
        case .integer(let number):
            guard let number = Int(exactly: number), range.contains(number) else {
                return refusing(field, bounds)
            }
            return number
        // Also what is whole but beyond every range of ours.
        case .number(let number):
            let isWhole = number.rounded() == number
            return refusing(field, isWhole ? bounds : "must be a whole number")
        case .null, .bool, .string, .array, .object:
            return refusing(field, "must be a number")
        }
    }

    /// A text of one line: no control characters, not blank.
    ///
    /// Its length counts in Unicode scalars, as the database counts.
    mutating func line(_ field: Field, length: ClosedRange<Int>) -> String? {
        guard let text = text(field, length: length) else { return nil }
        let scalars = text.unicodeScalars
        guard scalars.allSatisfy({ !Self.isControl($0) }) else {
            return refusing(field, "must not contain control characters")
        }
        guard scalars.contains(where: { !$0.properties.isWhitespace }) else {
            return refusing(field, "must not be blank")
        }
        return text
    }

    /// Any text without U+0000, which databases do not take, and which scrypt does not tell from the end of a
    /// password.
    mutating func text(_ field: Field, length: ClosedRange<Int>) -> String? {
        guard let value = field.value else { return refusing(field, "is required") }
        guard let text = value.string else { return refusing(field, "must be a string") }
        guard length.contains(text.unicodeScalars.count) else {
            return refusing(
                field, "must have \(length.lowerBound) to \(length.upperBound) characters")
        }
        guard !text.utf8.contains(0) else {
            return refusing(field, "must not contain the character U+0000")
        }
        return text
    }

    /// One of a few words.
    mutating func choice<Word: RawRepresentable<String>>(
        _ field: Field, of words: [Word]
    ) -> Word? {
        guard let value = field.value else { return refusing(field, "is required") }
        guard let word = value.string.flatMap({ Word(rawValue: $0) }),
            words.contains(where: { $0.rawValue == word.rawValue })
        else {
            let known = words.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
            return refusing(field, "must be \(known)")
        }
        return word
    }

    private mutating func refusing<Value>(_ field: Field, _ detail: String) -> Value? {
        refuse(field, detail)
        return nil
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }
}
