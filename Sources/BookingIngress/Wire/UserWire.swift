import BookingDomain
import BookingStore
import JSON
import ProblemDetails

/// What somebody signs up with.
struct UserDraft: Hashable, Sendable {
    let email: String
    let name: String
    let password: String
    let role: UserRole
}

/// What somebody signs in with.
struct SignIn: Hashable, Sendable {
    let email: String
    let password: String
}

/// What somebody changes of their account.
struct AccountChange: Hashable, Sendable {
    let name: String?
    let passwords: Passwords?

    /// A new password, and the one it takes the place of.
    struct Passwords: Hashable, Sendable {
        let current: String
        let new: String
    }
}

/// The limits of what an account may look like.
enum AccountLimits {
    static let name = 1...200
    static let email = 3...254
    /// In Unicode scalars, so at most four times as many bytes go through scrypt.
    static let password = 8...128
}

extension UserDraft {
    init(_ body: JSONValue) throws(Problem) {
        self = try FieldReader.read(body) { reader, body in
            let email = reader.email(body["email"])
            let name = reader.line(body["name"], length: AccountLimits.name)
            let password = reader.password(body["password"], length: AccountLimits.password)
            let role = body["role"].ifGiven.map { reader.choice($0, of: UserRole.allCases) }
            guard let email, let name, let password, let role = role ?? .attendee else {
                return nil
            }
            return UserDraft(email: email, name: name, password: password, role: role)
        }
    }
}

extension SignIn {
    init(_ body: JSONValue) throws(Problem) {
        self = try FieldReader.read(body) { reader, body in
            // What no account can have is wrong, not malformed; only the sizes are bounded.
            let email = reader.anyText(body["email"], length: 0...AccountLimits.email.upperBound)
            let password = reader.anyText(
                body["password"].composed(upTo: AccountLimits.password.upperBound),
                length: 0...AccountLimits.password.upperBound)
            guard let email, let password else { return nil }
            return SignIn(email: email, password: password)
        }
    }
}

extension AccountChange {
    init(_ body: JSONValue) throws(Problem) {
        self = try FieldReader.read(body) { reader, body in
            let (new, current) = (body["password"], body["currentPassword"])
            let name = body["name"].ifGiven.flatMap {
                reader.line($0, length: AccountLimits.name)
            }
            var passwords: Passwords?
            if new.ifGiven != nil {
                let new = reader.password(new, length: AccountLimits.password)
                // What no account can have is wrong, not malformed.
                let current = reader.anyText(
                    current.composed(upTo: AccountLimits.password.upperBound),
                    length: 0...AccountLimits.password.upperBound)
                if let new, let current { passwords = Passwords(current: current, new: new) }
            } else if current.ifGiven != nil {
                reader.refuse(current, "is for a new password, and there is none")
            }
            return AccountChange(name: name, passwords: passwords)
        }
    }
}

extension FieldReader {
    /// An address that may well be one.
    mutating func email(_ field: Field) -> String? {
        guard let text = line(field, length: AccountLimits.email) else { return nil }
        guard EmailAddress(text) != nil else {
            refuse(field, "must be an e-mail address")
            return nil
        }
        return text
    }

    /// A password: composed, as it is hashed, so that it has the same length however it is typed.
    mutating func password(_ field: Field, length: ClosedRange<Int>) -> String? {
        text(field.composed(upTo: length.upperBound), length: length)
    }
}

/// A user as clients see it.
struct UserView: JSONWritable {
    let user: User

    init(_ user: User) { self.user = user }

    func write(to writer: inout JSONWriter) { json.write(to: &writer) }

    var json: JSONValue {
        .object([
            "id": .string(user.id.description), "email": .string(user.email),
            "name": .string(user.name),
            "role": .string(user.role.rawValue),
        ])
    }
}
