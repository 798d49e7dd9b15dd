import BookingDomain
import BookingKeys
import BookingStore
import BookingTestSupport
import Crypto
import Foundation
import Testing

@testable import BookingIngress

struct SessionTokenTests {
    private static let now = TestEvents.now
    private static let end = Int(now.microsecondsSinceEpoch / 1_000_000)
    private let keys: SecretKeys
    private let tokens: SessionTokens
    private let revoked = RevokedSessions()
    private let user: User

    init() async throws {
        keys = try SecretKeys(secret: [UInt8](repeating: 7, count: 32)).orThrow()
        tokens = await SessionTokens.test(keys, lifetime: .seconds(3600), revoked: revoked)
        user = User(
            id: TestEvents.user(), email: "ada@example.org", name: "Ada", role: .organizer)
    }

    /// A token of these parts, signed as ours are unless another key is given.
    private func token(
        header: String = #"{"alg":"HS256","typ":"JWT","kid":"session-v1"}"#,
        changing change: (inout [String: Any]) -> Void = { _ in }, key: SymmetricKey? = nil
    ) throws -> String {
        let seconds = Self.now.microsecondsSinceEpoch / 1_000_000
        var claims: [String: Any] = [
            "iss": "boxoffice", "aud": "boxoffice-api", "sub": user.id.description,
            "role": "organizer", "iat": seconds, "exp": seconds + 3600,
        ]
        change(&claims)
        let payload = try JSONSerialization.data(withJSONObject: claims)
        let signed = "\(Self.base64URL(Data(header.utf8))).\(Self.base64URL(payload))"
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(signed.utf8), using: key ?? keys.tokens.first)
        return "\(signed).\(Self.base64URL(Data(code)))"
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    private func refusal(of token: String, at now: Instant = Self.now) -> Refusal? {
        do {
            _ = try tokens.verify(token, at: now)
            return nil
        } catch { return error }
    }

    @Test("an issued token tells who holds it, until it ends")
    func issued() async throws {
        let (token, expiresAt) = try await tokens.issue(to: user, generation: 3, at: Self.now)
        #expect(
            expiresAt
                == Instant(microsecondsSinceEpoch: Self.now.microsecondsSinceEpoch + 3_600_000_000))
        for _ in 0..<2 {
            let principal = try tokens.verify(token, at: Self.now)
            #expect(
                principal.user == user.id && principal.role == .organizer
                    && principal.generation == 3 && principal.expiresAt == expiresAt)
        }
        let last = Instant(microsecondsSinceEpoch: expiresAt.microsecondsSinceEpoch - 1)
        #expect(refusal(of: token, at: last) == nil)
        #expect(refusal(of: token, at: expiresAt) == .expiredToken)
    }

    @Test(
        "a token made by the book is taken, so the ones below are refused for what is wrong in them"
    )
    func byTheBook() throws {
        #expect(refusal(of: try token()) == nil)
    }

    @Test("a token is taken only as it was written, though its bits could be written otherwise")
    func otherSpelling() throws {
        // In one of a few, the signature has both of the characters that base64 writes otherwise.
        let candidates = try (1...100).map { second in
            try token { $0["exp"] = Self.end + second }
        }
        let issued = try #require(
            candidates.first { token in
                let signature = token.suffix(43)
                return signature.contains("-") && signature.contains("_")
            })
        #expect(refusal(of: issued) == nil)
        let ends = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let last = try #require(ends.firstIndex { $0 == issued.last })
        let others =
            [issued.replacing("-", with: "+"), issued.replacing("_", with: "/"), issued + "="]
            + (1...3).map { issued.dropLast() + String(ends[last + $0]) }
        for other in others {
            #expect(refusal(of: other) == .invalidToken, "\(other.suffix(43))")
        }
    }

    @Test("another instance with the same secret takes the token, one with another secret does not")
    func secrets() async throws {
        let (token, _) = try await tokens.issue(to: user, generation: 3, at: Self.now)
        let same = await SessionTokens.test(keys, lifetime: .seconds(1))
        _ = try same.verify(token, at: Self.now)
        let otherKeys = try SecretKeys(secret: [UInt8](repeating: 8, count: 32)).orThrow()
        let other = await SessionTokens.test(otherKeys, lifetime: .seconds(1))
        #expect(throws: Refusal.invalidToken) { try other.verify(token, at: Self.now) }
    }

    @Test("a token holds with any secret of the list, and is issued with the first")
    func rotation() async throws {
        let (old, new) = ([UInt8](repeating: 7, count: 32), [UInt8](repeating: 9, count: 32))
        func tokens(_ secrets: [UInt8]...) async throws -> SessionTokens {
            let list = try #require(SecretList(secrets))
            let ingress = try #require(IngressSecrets(tokens: list, ids: list, bookings: old))
            return await SessionTokens.test(SecretKeys(ingress), lifetime: .seconds(60))
        }
        let before = try await tokens(old).issue(to: user, generation: 3, at: Self.now).token
        let after = try await tokens(new, old).issue(to: user, generation: 3, at: Self.now).token
        for token in [before, after] {
            #expect(try await tokens(old, new).verify(token, at: Self.now).user == user.id)
            #expect(try await tokens(new, old).verify(token, at: Self.now).user == user.id)
        }
        #expect(try await tokens(new).verify(after, at: Self.now).user == user.id)
        await #expect(throws: Refusal.invalidToken) {
            try await tokens(new).verify(before, at: Self.now)
        }
    }

    @Test(
        "a header that names another algorithm or key is refused, though the signature be right",
        arguments: [
            #"{"alg":"none","typ":"JWT","kid":"session-v1"}"#,
            #"{"alg":"None","kid":"session-v1"}"#, #"{"alg":"HS512","kid":"session-v1"}"#,
            #"{"alg":"RS256","kid":"session-v1"}"#, #"{"alg":"HS256","kid":"other"}"#,
            #"{"alg":"HS256"}"#, #"{"kid":"session-v1"}"#, #"{}"#, #"[]"#, "x",
            #"{"alg":"HS256","kid":"session-v1","crit":["exp"]}"#,
        ])
    func header(text: String) throws {
        #expect(refusal(of: try token(header: text)) == .invalidToken)
    }

    @Test("a token without a signature is refused")
    func unsigned() throws {
        let parts = try token().split(separator: ".")
        let none = Self.base64URL(Data(#"{"alg":"none","kid":"session-v1"}"#.utf8))
        for header in [String(parts[0]), none] {
            #expect(refusal(of: "\(header).\(parts[1]).") == .invalidToken)
            #expect(refusal(of: "\(header).\(parts[1])") == .invalidToken)
        }
    }

    @Test("a token with a changed payload or signature, or of another key, is refused")
    func forged() throws {
        let parts = try token().split(separator: ".").map(String.init)
        let other = try token(changing: { $0["role"] = "attendee" })
            .split(separator: ".").map(String.init)
        #expect(refusal(of: "\(parts[0]).\(other[1]).\(parts[2])") == .invalidToken)
        #expect(refusal(of: "\(parts[0]).\(parts[1]).\(other[2])") == .invalidToken)
        #expect(refusal(of: try token(key: SymmetricKey(size: .bits256))) == .invalidToken)
        // The key for booking ids is another one, though of the same secret.
        #expect(refusal(of: try token(key: keys.bookings)) == .invalidToken)
    }

    @Test("claims that are not ours are refused")
    func claims() throws {
        let changes: [(inout [String: Any]) -> Void] = [
            { $0["iss"] = "somebody" }, { $0["iss"] = nil }, { $0["aud"] = "other-api" },
            { $0["aud"] = ["boxoffice-api", "other-api"] }, { $0["aud"] = nil },
            { $0["sub"] = "ada" }, { $0["sub"] = nil }, { $0["role"] = "admin" },
            { $0["role"] = nil }, { $0["exp"] = nil }, { $0["exp"] = "soon" },
            { $0["exp"] = Int64.max }, { $0["iat"] = nil }, { $0["exp"] = 1 },
            { $0["iat"] = -1 }, { $0["iat"] = Int64.min }, { $0["gen"] = "x" }, { $0["jti"] = 7 },
        ]
        for change in changes {
            #expect(refusal(of: try token(changing: change)) == .invalidToken)
        }
    }

    @Test(
        "what is no token at all is refused",
        arguments: ["", ".", "..", "a.b.c", "a.b.c.d", "🎫", String(repeating: "a", count: 5000)])
    func noToken(text: String) {
        #expect(refusal(of: text) == .invalidToken)
    }

    @Test("a session that was signed out of has ended, though its token was verified before")
    func signedOut() async throws {
        let (token, expiresAt) = try await tokens.issue(to: user, generation: 3, at: Self.now)
        let (other, _) = try await tokens.issue(to: user, generation: 3, at: Self.now)
        let principal = try tokens.verify(token, at: Self.now)
        #expect(tokens.verified(token, at: Self.now) == principal)
        revoked.take([SessionRevocation(.session(principal.session), expiresAt: expiresAt)])
        #expect(tokens.verified(token, at: Self.now) == nil)
        #expect(refusal(of: token) == .expiredToken)
        #expect(refusal(of: other) == nil)
    }

    @Test("a change of the password ends the sessions of before, but for the one that made it")
    func passwordChanged() async throws {
        let issued = try await [
            tokens.issue(to: user, generation: 3, at: Self.now).token,
            tokens.issue(to: user, generation: 3, at: Self.now).token,
            tokens.issue(to: user, generation: 4, at: Self.now).token,
        ]
        let changing = try tokens.verify(issued[0], at: Self.now)
        for token in issued { #expect(refusal(of: token) == nil) }
        revoked.take([
            SessionRevocation(
                .account(
                    user.id, generation: 4, madeBefore: Self.now, sparing: changing.session),
                expiresAt: changing.expiresAt)
        ])
        #expect(refusal(of: issued[0]) == nil)
        #expect(refusal(of: issued[1]) == .expiredToken)
        #expect(refusal(of: issued[2]) == nil)
    }

    @Test("a token of an older version is taken until it ends, and can be ended like any other")
    func older() throws {
        let (first, second) = (try token(), try token(changing: { $0["role"] = "attendee" }))
        let principals = try [
            tokens.verify(first, at: Self.now), tokens.verify(second, at: Self.now),
        ]
        #expect(principals[0].session != principals[1].session)
        #expect(principals[0].generation == nil)
        revoked.take([
            SessionRevocation(.session(principals[0].session), expiresAt: principals[0].expiresAt)
        ])
        #expect(refusal(of: first) == .expiredToken)
        #expect(refusal(of: second) == nil)
        let later = Instant(microsecondsSinceEpoch: Self.now.microsecondsSinceEpoch + 1_000_000)
        revoked.take([
            SessionRevocation(
                .account(user.id, generation: 1, madeBefore: later, sparing: nil),
                expiresAt: principals[0].expiresAt)
        ])
        #expect(refusal(of: second) == .expiredToken)
    }

    @Test("a secret needs 32 bytes, and its keys are different ones")
    func secret() {
        #expect(SecretKeys(secret: [UInt8](repeating: 1, count: 31)) == nil)
        #expect(keys.tokens.first != keys.bookings)
    }
}
