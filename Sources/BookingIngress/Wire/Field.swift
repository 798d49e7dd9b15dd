import Foundation
import HTTPTypes
import JSON
import ProblemDetails

/// A place in a request's body: what stands there, and the JSON pointer to it.
struct Field: Sendable {
    /// What stands here, which may be `null`; `nil` when nothing does.
    let value: JSONValue?
    fileprivate let place: Place

    /// Where something stands; a pointer is made of it only when it is asked for.
    fileprivate indirect enum Place: Sendable {
        case body
        case member(String, of: Place)
        case element(Int, of: Place)

        /// The pointer as RFC 6901 has it.
        var pointer: String {
            switch self {
            case .body: ""
            case .member(let name, let parent):
                "\(parent.pointer)/"
                    + name.replacing("~", with: "~0").replacing("/", with: "~1")
            case .element(let index, let parent): "\(parent.pointer)/\(index)"
            }
        }
    }

    fileprivate init(_ value: JSONValue?, at place: Place) {
        self.value = value
        self.place = place
    }

    /// The whole body.
    init(body: JSONValue) { self.init(body, at: .body) }

    /// A member of the body, for what is wrong with it beyond its own value.
    static func member(_ name: String) -> Field { Field(body: .null).member(name) }

    /// A member of what stands here, likewise.
    func member(_ name: String) -> Field { Field(nil, at: .member(name, of: place)) }

    var pointer: String { place.pointer }

    /// This field, when something stands here.
    var ifGiven: Field? { value == nil ? nil : self }

    /// The same with its text in NFC, if so short a text can come of it at all: composing costs.
    func composed(upTo lengthMax: Int) -> Field {
        guard let text = value?.string,
            text.utf8.count <= lengthMax * Self.composedBytesMax
        else { return self }
        return Field(.string(text.precomposedStringWithCanonicalMapping), at: place)
    }

    /// The most bytes that become one scalar in NFC: four scalars (U+1F82 and its like), none of them of more
    /// than three bytes.
    private static let composedBytesMax = 12

    fileprivate func element(_ index: Int, _ value: JSONValue) -> Field {
        Field(value, at: .element(index, of: place))
    }
}

/// The members of an object, as they are asked for: those that nobody asks for are refused.
struct Members {
    private let members: [JSONMember]
    private let place: Field.Place
    /// One bit for each member; an object has no more members than there are bits (``JSONReader/membersMax``).
    private var asked: UInt64 = 0

    fileprivate init(_ members: [JSONMember], of field: Field) {
        self.members = members
        place = field.place
    }

    /// The member of that name.
    subscript(name: String) -> Field {
        mutating get {
            let index = members.firstIndex { $0.name == name }
            if let index { asked |= 1 << UInt64(index) }
            return Field(index.map { members[$0].value }, at: .member(name, of: place))
        }
    }

    /// The members that nobody has asked for.
    fileprivate var unknown: [Field] {
        guard asked.nonzeroBitCount < members.count else { return [] }
        return members.enumerated().filter { asked & 1 << UInt64($0.offset) == 0 }
            .map { Field($0.element.value, at: .member($0.element.name, of: place)) }
    }
}

/// Reads fields and collects what is wrong with them, so that a client hears of all of it at once.
///
/// Each reader answers `nil` for a field that is not right, having noted why. A member that is not read is
/// refused, and so is `null`: what has no value is left out.
struct FieldReader: Sendable {
    /// The most fields that an answer names.
    static let errorsMax = 100

    private(set) var errors: [InvalidField] = []

    /// Reads a body with `read`, which answers `nil` when something is wrong.
    static func read<Value>(
        _ body: JSONValue, _ read: (inout FieldReader, inout Members) -> Value?
    ) throws(Problem) -> Value {
        var reader = FieldReader()
        let value = reader.object(Field(body: body), read)
        return try reader.finish(value)
    }

    /// Notes that a field is wrong.
    mutating func refuse(_ field: Field, _ detail: String) {
        guard errors.count < Self.errorsMax else { return }
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

    /// An object; whatever `read` does not ask for of its members is refused.
    mutating func object<Value>(
        _ field: Field, _ read: (inout FieldReader, inout Members) -> Value?
    ) -> Value? {
        guard let value = field.value else { return refusing(field, "is required") }
        guard case .object(let list) = value else { return refusing(field, "must be an object") }
        var members = Members(list, of: field)
        let result = read(&self, &members)
        for field in members.unknown { refuse(field, "is not known here") }
        return result
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
        switch value {
        case .integer(let number):
            guard let number = Int(exactly: number), range.contains(number) else {
                return refusing(field, "must be \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        case .number:
            return refusing(
                field, "must be a whole number, \(range.lowerBound) to \(range.upperBound)")
        case .null, .bool, .string, .array, .object:
            return refusing(field, "must be a number")
        }
    }

    /// A truth value.
    mutating func boolean(_ field: Field) -> Bool? {
        guard let value = field.value else { return refusing(field, "is required") }
        guard case .bool(let truth) = value else {
            return refusing(field, "must be true or false")
        }
        return truth
    }

    /// A text of one line in which something can be seen, and nothing hides; see ``SingleRowText``.
    ///
    /// Its length counts in Unicode scalars, as the database counts.
    mutating func line(_ field: Field, length: ClosedRange<Int>) -> String? {
        guard let text = text(field, length: length) else { return nil }
        if let objection = SingleRowText.objection(to: text) { return refusing(field, objection) }
        return text
    }

    /// Any text without U+0000, which databases do not take, and which scrypt does not tell from the end of a
    /// password.
    mutating func text(_ field: Field, length: ClosedRange<Int>) -> String? {
        guard let text = anyText(field, length: length) else { return nil }
        guard text.canBeStored else {
            return refusing(field, "must not contain the character U+0000")
        }
        return text
    }

    /// Any text at all.
    mutating func anyText(_ field: Field, length: ClosedRange<Int>) -> String? {
        guard let value = field.value else { return refusing(field, "is required") }
        guard let text = value.string else { return refusing(field, "must be a string") }
        guard length.contains(text.unicodeScalars.count) else {
            return refusing(
                field, "must have \(length.lowerBound) to \(length.upperBound) characters")
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
}

extension String {
    /// Whether a database takes it, and scrypt tells it from a shorter password.
    var canBeStored: Bool { !utf8.contains(0) }
}
