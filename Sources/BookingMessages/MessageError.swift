import JSON

/// A message that cannot be read; says which member is at fault, never a value that anybody could have put
/// there.
package struct MessageError: Error, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// No program of ours wrote it.
        case malformed
        /// It is of a type or a kind that this program does not know; another version may.
        case unknown
    }

    package let code: Code
    package let message: String

    init(_ message: String) {
        code = .malformed
        self.message = message
    }

    /// What is of another type than `expected`.
    ///
    /// A type that is named as ours are is another version's.
    init(type: String?, insteadOf expected: String) {
        if let type, MessageType.isOurs(type) {
            code = .unknown
            message = "the message's type \(type) is not known to this program"
        } else {
            code = .malformed
            message = "the message's type is not \(expected)"
        }
    }

    init(unknownKind kind: String, in path: String) {
        code = .unknown
        message = "\(path)/kind is \(kind), which is not known to this program"
    }

    package var description: String { message }

    /// What went wrong with a member of the object at `path`, which is empty for the whole message.
    init(_ error: JSONError, in path: String, member: StaticString?) {
        code = .malformed
        let place = Self.place(path, member)
        switch error.code {
        case .malformed: message = "the body is not JSON"
        case .wrongType:
            message = "\(place.isEmpty ? "the body" : place) has the wrong type"
        }
    }

    init(missing member: StaticString, in path: String) {
        code = .malformed
        message = "\(Self.place(path, member)) is missing"
    }

    init(invalid member: StaticString, in path: String) {
        code = .malformed
        message = "\(Self.place(path, member)) is not valid"
    }

    init(outOfRange member: StaticString, in path: String) {
        code = .malformed
        message = "\(Self.place(path, member)) is out of range"
    }

    private static func place(_ path: String, _ member: StaticString?) -> String {
        guard let member else { return path }
        return path.isEmpty ? "\(member)" : "\(path)/\(member)"
    }
}

extension Optional where Wrapped == Int64 {
    /// The member's value, or an error that it is missing or out of range.
    func given(
        _ member: StaticString, in path: @autoclosure () -> String, within range: ClosedRange<Int64>
    ) throws(MessageError) -> Int64 {
        try given(member, in: path()).checked(member, in: path(), within: range)
    }
}

extension Int64 {
    /// The number, or an error that it is out of range.
    func checked(
        _ member: StaticString, in path: @autoclosure () -> String, within range: ClosedRange<Int64>
    ) throws(MessageError) -> Int64 {
        guard range.contains(self) else { throw MessageError(outOfRange: member, in: path()) }
        return self
    }
}

extension Optional {
    /// The member's value, or an error that it is missing.
    func given(_ member: StaticString, in path: @autoclosure () -> String) throws(MessageError)
        -> Wrapped
    {
        guard let self else { throw MessageError(missing: member, in: path()) }
        return self
    }
}
