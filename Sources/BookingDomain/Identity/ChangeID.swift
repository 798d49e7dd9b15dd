/// The public id of a change to a booking: what is asked, bound to the booking.
///
/// Layout, in base64url without padding: `command 16 | verb 1 | tag 16`. The tag authenticates what is before it
/// together with the booking, so that any instance can tell a change that is *pending* from one that was
/// *never asked for*, without a look-up.
package struct ChangeID: Hashable, Sendable {
    package let command: CommandID
    package let verb: Command.Verb
    private let tag: HalvedBits

    private static let bytes = 33

    /// Issues the id of a change to a booking.
    package init(
        command: CommandID, verb: Command.Verb, of booking: BookingReference,
        authenticator: some MessageAuthenticator
    ) {
        self.command = command
        self.verb = verb
        tag = Self.tag(command, verb, booking, authenticator)
    }

    /// Reads an id back; `nil` when it is not of the shape.
    ///
    /// Of which booking it is, ``isIssued(of:by:)`` tells.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= BookingID.charactersMax, let bytes = Base64URL.decode(text),
            bytes.count == Self.bytes, let verb = Command.Verb(code: bytes[16])
        else { return nil }
        command = CommandID(bytes: bytes[0..<16])
        self.verb = verb
        tag = HalvedBits(bytes: bytes[17...])
    }

    /// Whether this id was issued, for a change to that booking.
    ///
    /// Compares in constant time.
    package func isIssued(
        of booking: BookingReference, by authenticator: some MessageAuthenticator
    ) -> Bool {
        Self.tag(command, verb, booking, authenticator).joined ^ tag.joined == 0
    }

    private static func tag(
        _ command: CommandID, _ verb: Command.Verb, _ booking: BookingReference,
        _ authenticator: some MessageAuthenticator
    ) -> HalvedBits {
        var message = Array("booking change id v1".utf8)
        command.appendBytes(to: &message)
        message.append(verb.code)
        booking.event.appendBytes(to: &message)
        booking.key.appendBytes(to: &message)
        return HalvedBits(bytes: authenticator.authenticationCode(for: message).prefix(16))
    }
}

extension ChangeID: CustomStringConvertible {
    package var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the id's text in ASCII.
    package func append(to text: inout [UInt8]) {
        var bytes: [UInt8] = []
        command.appendBytes(to: &bytes)
        bytes.append(verb.code)
        tag.appendBytes(to: &bytes)
        Base64URL.append(bytes, to: &text)
    }
}

extension Command.Verb {
    /// The verb in ids; what could not be read has no change that anybody asks for.
    fileprivate var code: UInt8 {
        switch self {
        case .undecodable: 0
        case .confirm: 1
        case .pay: 2
        case .extend: 3
        case .cancel: 4
        }
    }

    fileprivate init?(code: UInt8) {
        switch code {
        case 1: self = .confirm
        case 2: self = .pay
        case 3: self = .extend
        case 4: self = .cancel
        default: return nil
        }
    }
}
