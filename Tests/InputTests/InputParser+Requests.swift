import BookingKeys
import BookingDomain
import Crypto
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import Synchronization

@testable import BookingIngress

// What stands in a request's head.
extension InputParser {
    static let requests = [
        InputParser("request", [plainRequest, strangeRequest]) { bytes in
            let whole = ReadRequests(bytes, inPiecesOf: max(bytes.count, 1))
            let pieces = ReadRequests(bytes, inPiecesOf: 7)
            try Unsound.unless(whole == pieces, "it depends on how the bytes are cut")
            for head in whole.heads {
                guard let request = HTTPRequest(head) else { continue }
                _ = Preferences(fields: request.headerFields[values: .prefer])
                for field in request.headerFields { _ = IdempotencyKey(field.value) }
                _ = HTTPLimits.bodyBytesMax(head.method, head.uri)
            }
            return !whole.heads.isEmpty
        },
        InputParser("forwarded", ["for=192.0.2.60;proto=http, for=\"[2001:db8::1]:47\"", "a, ::1"])
        {
            let values = [String(decoding: $0, as: UTF8.self)]
            let (proxy, trusted) = (IPAddress(ipv4: 0x7F00_0001), TrustedProxies("192.0.2.0/24"))
            let clients = [ForwardingPath(forwarded: values), ForwardingPath(addresses: values)]
                .map { $0.client(behind: proxy, trusting: trusted ?? .none) }
            return clients.contains { $0 != proxy }
        },
        InputParser("prefer", ["respond-async, wait=10", "wait=\"5\";x=\"a,b\", foo"]) { bytes in
            let field = String(decoding: bytes, as: UTF8.self)
            let seconds = Preferences(fields: [field]).waitSeconds
            try Unsound.unless(
                seconds.map((1...Preferences.waitSecondsMax).contains) ?? true,
                "a wait of \(seconds ?? 0) s")
            return seconds != nil
        },
        InputParser("token", [token, "\(token.prefix(37)).eyJpYXQiOjF9.AAAA"]) { bytes in
            let tokens = try await sessions()
            let text = String(decoding: bytes, as: UTF8.self)
            do throws(Refusal) { _ = try tokens.verify(text, at: now) } catch { return false }
            try Unsound.unless(text == token, "a token that was never issued is taken")
            return true
        },
    ]

    private static let now = Instant(microsecondsSinceEpoch: 1_795_219_200_000_000)
    private static let keys = SecretKeys(secret: [UInt8](repeating: 5, count: 32))
    private static let shared = Mutex<SessionTokens?>(nil)

    private static func sessions() async throws -> SessionTokens {
        if let known = shared.withLock({ $0 }) { return known }
        guard let keys else { throw Unsound("the secret is too short") }
        let tokens = await SessionTokens(
            keys: keys, lifetime: .seconds(3600), revoked: RevokedSessions(), random: { 7 })
        shared.withLock { $0 = tokens }
        return tokens
    }

    private static let plainRequest = """
        POST /v1/events/019a9f2c-0000-7002-8000-00000000002a/bookings HTTP/1.1\r
        Host: a\r
        Content-Length: 2\r
        Idempotency-Key: k\r
        Prefer: wait=10\r
        \r
        {}
        """
    private static let strangeRequest = """
        GET http://host:80/a%41?x=%7a HTTP/1.1\r
        Host: host:80\r
        Transfer-Encoding: chunked\r
        Expect: 100-continue\r
        \r
        1;a="b"\r
        x\r
        0\r
        \r

        """
    /// A token as it is issued at that time with the fixed key.
    private static let token: String = {
        let parts = [
            #"{"alg":"HS256","typ":"JWT","kid":"session-v1"}"#,
            """
            {"iss":"boxoffice","aud":"boxoffice-api","sub":"019a9f2c-7b00-7abc-8def-0123456789ab",\
            "role":"attendee","iat":1795219200,"exp":1795222800}
            """,
        ].map { base64URL(Array($0.utf8)) }
        guard let keys else { return "" }
        let signed = parts.joined(separator: ".")
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(signed.utf8), using: keys.tokens.first)
        return "\(signed).\(base64URL(Array(code)))"
    }()

    private static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}

/// What the server's parser makes of the bytes of a connection.
private struct ReadRequests: Equatable {
    private(set) var heads: [HTTPRequestHead] = []
    private var bodies: [UInt8] = []
    private var isRefused = false

    init(_ bytes: [UInt8], inPiecesOf length: Int) {
        var parser = HTTPRequestParser()
        var buffer = ByteBuffer()
        do {
            for start in stride(from: 0, to: bytes.count, by: length) {
                buffer.writeBytes(bytes[start..<min(start + length, bytes.count)])
                while let part = try parser.next(from: &buffer) {
                    switch part {
                    case .head(let parsed): heads.append(parsed.head)
                    case .body(let body): bodies += body.readableBytesView
                    case .end: break
                    }
                }
            }
        } catch {
            isRefused = true
            // How much of a body comes before what is wrong with it depends on the pieces.
            bodies = []
        }
    }
}
