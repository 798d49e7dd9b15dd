import BookingDomain
import BookingKeys
import BookingTestSupport
import Testing

@Suite("The codes of commands") struct CommandAuthenticatorTests {
    private static let secrets = (1...5).map { [UInt8](repeating: UInt8($0), count: 32) }
    private let event: EventID
    private let body = Array("a body".utf8)
    private let type = "booking.commands.v1"

    init() throws { event = try TestEvents.event().id }

    private func authenticator(_ numbers: Int...) throws -> CommandAuthenticator {
        CommandAuthenticator(try SecretList(numbers.map { Self.secrets[$0] }).orThrow())
    }

    @Test("A code is for one type, event and body, and for nothing else")
    func bound() throws {
        let authenticator = try authenticator(0)
        let code = authenticator.code(type: type, event: event, body: body)
        #expect(code.count == CommandAuthenticator.codeBytes)
        #expect(authenticator.isValid(code, type: type, event: event, body: body))
        let other = try TestEvents.event().id
        #expect(!authenticator.isValid(code, type: type, event: other, body: body))
        #expect(!authenticator.isValid(code, type: nil, event: event, body: body))
        #expect(!authenticator.isValid(code, type: "booking.commands.v2", event: event, body: body))
        #expect(!authenticator.isValid(code, type: type, event: event, body: body + [0]))
        #expect(!authenticator.isValid(code, type: type, event: event, body: []))
        for place in code.indices {
            var changed = code
            changed[place] ^= 1
            #expect(!authenticator.isValid(changed, type: type, event: event, body: body))
        }
        for wrong in [[], Array(code.dropLast()), code + [0]] {
            #expect(!authenticator.isValid(wrong, type: type, event: event, body: body))
        }
    }

    @Test("What ends one part cannot be moved to the next")
    func parts() throws {
        let authenticator = try authenticator(0)
        let moved = event.bytes + body
        let code = authenticator.code(type: type, event: event, body: body)
        for cut in 1..<type.utf8.count {
            let shorter = String(type.dropLast(cut))
            #expect(!authenticator.isValid(code, type: shorter, event: event, body: moved))
        }
    }

    @Test("A code of any secret of the list is taken, and the first makes new ones")
    func rotation() throws {
        let (old, both, turned, new) = (
            try authenticator(0), try authenticator(0, 1), try authenticator(1, 0),
            try authenticator(1)
        )
        let before = old.code(type: type, event: event, body: body)
        let after = turned.code(type: type, event: event, body: body)
        #expect(both.code(type: type, event: event, body: body) == before)
        #expect(new.code(type: type, event: event, body: body) == after)
        for authenticator in [both, turned] {
            #expect(authenticator.isValid(before, type: type, event: event, body: body))
            #expect(authenticator.isValid(after, type: type, event: event, body: body))
        }
        #expect(!new.isValid(before, type: type, event: event, body: body))
        #expect(!old.isValid(after, type: type, event: event, body: body))
    }

    @Test("A list has one to four secrets of 32 bytes, none of them twice")
    func lists() {
        let secrets = Self.secrets
        #expect(SecretList([[UInt8]]()) == nil)
        #expect(SecretList(Array(secrets.prefix(4))) != nil)
        #expect(SecretList(secrets) == nil)
        #expect(SecretList([secrets[0], secrets[0]]) == nil)
        #expect(SecretList([secrets[0], Array(secrets[1].dropLast())]) == nil)
    }
}
