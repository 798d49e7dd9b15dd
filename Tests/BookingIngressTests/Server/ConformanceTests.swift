import Testing

@testable import BookingIngress

/// What HTTP wants of a server, byte for byte: each case is sent over a socket of its own, with a plain
/// request right behind it, which is answered or not.
struct ConformanceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: String
        let status: Int
        /// The last part of the problem's type; `nil` for what is no problem.
        let slug: String?
        /// Fields that the answer has, as they are written.
        let fields: [String]
        /// The request behind it is answered.
        let goesOn: Bool
    }

    private static let next = "GET /v1/events HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"

    private static func get(
        _ name: String, _ head: String, _ status: Int, _ slug: String? = nil,
        fields: [String] = [], goesOn: Bool = false
    ) -> Case {
        Case(
            testDescription: name, bytes: head + "\r\n", status: status, slug: slug, fields: fields,
            goesOn: goesOn)
    }

    /// A sign-up with these fields and bytes, whose body is no account.
    private static func post(
        _ name: String, _ fields: String, _ body: String, _ status: Int, _ slug: String?,
        has: [String] = [], goesOn: Bool = false
    ) -> Case {
        Case(
            testDescription: name,
            bytes: "POST /v1/users HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                + fields + "\r\n" + body,
            status: status, slug: slug, fields: has, goesOn: goesOn)
    }

    private static func post(
        _ name: String, _ fields: String, _ status: Int, _ slug: String?
    ) -> Case {
        post(name, fields, "", status, slug)
    }

    private static func long(_ count: Int) -> String { String(repeating: "y", count: count) }

    private static let line = "GET /v1/events HTTP/1.1\r\n"
    private static let malformed = "malformed-request"

    static let hosts: [Case] = [
        get("no host", line, 400, "invalid-host"),
        get("an empty host", line + "host:\r\n", 400, "invalid-host"),
        get("two hosts", line + "host: a\r\nHost: a\r\n", 400, "invalid-host"),
        get("a host with a path", line + "host: a/b\r\n", 400, "invalid-host"),
        get("a host with a user", line + "host: u@a\r\n", 400, "invalid-host"),
        get("two hosts in one", line + "host: a, b\r\n", 400, "invalid-host"),
        get("a host with a word as port", line + "host: a:b\r\n", 400, "invalid-host"),
        get("a host that is half an address", line + "host: [::1\r\n", 400, "invalid-host"),
        get(
            "a bad host in the target", "GET http://u@a/ HTTP/1.1\r\nhost: a\r\n", 400,
            "invalid-host"),
        get("an address as host", line + "host: [2001:db8::1]:8080\r\n", 200, goesOn: true),
        get("a host with a port", line + "host: a.example:80\r\n", 200, goesOn: true),
        get("no host in HTTP/1.0", "GET /v1/events HTTP/1.0\r\n", 200),
        get(
            "two hosts in HTTP/1.0", "GET / HTTP/1.0\r\nhost: a\r\nhost: b\r\n", 400, "invalid-host"
        ),
    ]

    static let heads: [Case] = [
        get("no request at all", "HELLO\r\n", 400, malformed),
        get("a version that does not exist", "GET / HTTP/9.9\r\nhost: a\r\n", 400, malformed),
        get("a later minor version", "GET /v1/events HTTP/1.2\r\nhost: a\r\n", 200, goesOn: true),
        get("no version", "GET /\r\nhost: a\r\n", 400, malformed),
        get("another protocol", "GET / RTSP/1.0\r\nhost: a\r\n", 400, malformed),
        get("a version in lower case", "GET / http/1.1\r\nhost: a\r\n", 400, malformed),
        get(
            "the beginning of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n", 505,
            "version-not-supported"),
        get("the beginning of TLS", "\u{16}\u{03}\u{01}\r\n", 400, malformed),
        get("two spaces", "GET  / HTTP/1.1\r\nhost: a\r\n", 400, malformed),
        get("a space in the target", "GET /a b HTTP/1.1\r\nhost: a\r\n", 400, malformed),
        get(
            "a control character in the target", "GET /\u{7} HTTP/1.1\r\nhost: a\r\n", 400,
            malformed),
        get(
            "a letter beyond ASCII in the target", "GET /é HTTP/1.1\r\nhost: a\r\n", 400, malformed),
        get("a fragment", "GET /#a HTTP/1.1\r\nhost: a\r\n", 400, malformed),
        get("a relative target", "GET v1/events HTTP/1.1\r\nhost: a\r\n", 400, malformed),
        get("another scheme", "GET ftp://a/ HTTP/1.1\r\nhost: a\r\n", 400, malformed),
        get("everything, to be got", "GET * HTTP/1.1\r\nhost: a\r\n", 400, malformed),
        get("lines that end in LF", "GET / HTTP/1.1\nhost: a\n", 400, malformed),
        get("a CR within a value", line + "host: a\r\nx: a\rb\r\n", 400, malformed),
        get("a NUL within a value", line + "host: a\r\nx: a\0b\r\n", 400, malformed),
        get("a blank in a name", line + "host: a\r\nbad name: x\r\n", 400, malformed),
        get("a blank before the colon", line + "host: a\r\nx : y\r\n", 400, malformed),
        get("a blank before the first name", line + " x: y\r\nhost: a\r\n", 400, malformed),
        get("a folded field", line + "host: a\r\nx: y\r\n z\r\n", 400, malformed),
        get("a field without a name", line + "host: a\r\n: y\r\n", 400, malformed),
        get("a field without a colon", line + "host: a\r\nx\r\n", 400, malformed),
        get("empty lines before", "\r\n\r\n" + line + "host: a\r\n", 200, goesOn: true),
        get("endless empty lines", String(repeating: "\r\n", count: 9000), 431, "head-too-large"),
        get("a value beyond ASCII", line + "host: a\r\nx: é\r\n", 200, goesOn: true),
        get("a head of 16 KiB", line + "host: a\r\nx: \(long(16_000))\r\n", 200, goesOn: true),
        get("a larger head", line + "host: a\r\nx: \(long(17_000))\r\n", 431, "head-too-large"),
        get(
            "a head of many fields",
            line + "host: a\r\n" + String(repeating: "x: y\r\n", count: 100), 431, "head-too-large"),
        get("a long target", "GET /\(long(9000)) HTTP/1.1\r\nhost: a\r\n", 414, "uri-too-long"),
        get("a longer target", "GET /\(long(90_000)) HTTP/1.1\r\nhost: a\r\n", 414, "uri-too-long"),
        get(
            "another protocol to go on with",
            line + "host: a\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\n", 200,
            goesOn: true),
    ]

    static let methodsAndPaths: [Case] = [
        get(
            "no method", "BREW /v1/events HTTP/1.1\r\nhost: a\r\n", 501, "not-implemented",
            goesOn: true),
        get(
            "no method, nowhere", "BREW /x HTTP/1.1\r\nhost: a\r\n", 501, "not-implemented",
            goesOn: true),
        get(
            "a method in lower case", "get /v1/events HTTP/1.1\r\nhost: a\r\n", 501,
            "not-implemented", goesOn: true),
        get(
            "a method of elsewhere", "PROPFIND /v1/events HTTP/1.1\r\nhost: a\r\n", 405,
            "method-not-allowed", fields: ["Allow: GET, HEAD, POST"], goesOn: true),
        get(
            "a method of elsewhere, nowhere", "PROPFIND /x HTTP/1.1\r\nhost: a\r\n", 404,
            "not-found", goesOn: true),
        get(
            "a tunnel", "CONNECT a.example:443 HTTP/1.1\r\nhost: a\r\n", 404, "not-found",
            goesOn: true),
        get(
            "a question about everything", "OPTIONS * HTTP/1.1\r\nhost: a\r\n", 404, "not-found",
            goesOn: true),
        get("nowhere", "GET /x HTTP/1.1\r\nhost: a\r\n", 404, "not-found", goesOn: true),
        get("encoded letters", "GET /v1/%65vent%73 HTTP/1.1\r\nhost: a\r\n", 200, goesOn: true),
        get(
            "an encoded slash", "GET /v1%2Fevents HTTP/1.1\r\nhost: a\r\n", 404, "not-found",
            goesOn: true),
        get("half an encoding", "GET /v1/events%6 HTTP/1.1\r\nhost: a\r\n", 400, malformed),
        get("no encoding", "GET /v1/events?limit=%zz HTTP/1.1\r\nhost: a\r\n", 400, malformed),
    ]

    static let bodies: [Case] = [
        post("a body", "content-length: 2\r\n", "{}", 422, "invalid-request", goesOn: true),
        post(
            "a body in chunks", "transfer-encoding: Chunked\r\n",
            "1;a=\"b\"\r\n{\r\n01\r\n}\r\n0\r\nx: y\r\n\r\n", 422, "invalid-request", goesOn: true),
        post("a length that is a word", "content-length: x\r\n", 400, malformed),
        post("a length with a sign", "content-length: +2\r\n", "{}", 400, malformed),
        post("an empty length", "content-length:\r\n", 400, malformed),
        post("two lengths", "content-length: 2\r\ncontent-length: 2\r\n", "{}", 400, malformed),
        post("two lengths in one", "content-length: 2, 2\r\n", "{}", 400, malformed),
        post(
            "a length, then chunks", "content-length: 2\r\ntransfer-encoding: chunked\r\n",
            "0\r\n\r\n", 400, malformed),
        post(
            "chunks, then a length", "transfer-encoding: chunked\r\ncontent-length: 2\r\n",
            "0\r\n\r\n", 400, malformed),
        post("an empty coding", "transfer-encoding:\r\n", 400, malformed),
        post(
            "an empty coding, then a length", "transfer-encoding:\r\ncontent-length: 2\r\n", "{}",
            400, malformed),
        post(
            "two codings", "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
            "0\r\n\r\n", 400, malformed),
        post(
            "chunked twice", "transfer-encoding: chunked, chunked\r\n", "0\r\n\r\n", 400, malformed),
        post("a coding after chunks", "transfer-encoding: chunked, gzip\r\n", 400, malformed),
        post("a misspelt coding", "transfer-encoding: xchunked\r\n", 400, malformed),
        post(
            "a control character before the coding", "transfer-encoding: \u{b}chunked\r\n",
            "0\r\n\r\n", 400, malformed),
        post(
            "a blank before the colon", "transfer-encoding : chunked\r\n", "0\r\n\r\n", 400,
            malformed),
        post("a folded coding", "transfer-encoding:\r\n chunked\r\n", "0\r\n\r\n", 400, malformed),
        post(
            "compressed chunks", "transfer-encoding: gzip, chunked\r\n", "0\r\n\r\n", 501,
            "not-implemented"),
        get(
            "chunks in HTTP/1.0", "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n", 400,
            malformed),
        post("a chunk without a size", "transfer-encoding: chunked\r\n", ";a\r\n", 400, malformed),
        post(
            "a chunk of a bad size", "transfer-encoding: chunked\r\n", "0x2\r\n{}\r\n", 400,
            malformed),
        post(
            "a chunk too large to count", "transfer-encoding: chunked\r\n",
            "1000000000000000f\r\n", 400, malformed),
        post(
            "a blank behind a size", "transfer-encoding: chunked\r\n", "2 \r\n{}\r\n", 400,
            malformed),
        post(
            "a chunk longer than said", "transfer-encoding: chunked\r\n", "1\r\n{}\r\n", 400,
            malformed),
        post(
            "a chunk that ends in LF", "transfer-encoding: chunked\r\n", "2\n{}\r\n", 400, malformed
        ),
        post(
            "a bad trailer", "transfer-encoding: chunked\r\n", "0\r\nbad name: x\r\n\r\n", 400,
            malformed),
        post(
            "a long extension", "transfer-encoding: chunked\r\n", "2;\(long(20_000))\r\n{}\r\n",
            413, "content-too-large"),
        post(
            "long trailers", "transfer-encoding: chunked\r\n",
            "0\r\n" + String(repeating: "x: \(long(1000))\r\n", count: 20), 431, "head-too-large"),
        post(
            "a compressed body", "content-encoding: gzip\r\ncontent-length: 2\r\n", "{}", 415,
            "unsupported-media-type", has: ["Accept-Encoding: identity"], goesOn: true),
        post(
            "a body that says it has no coding",
            "content-encoding: identity\r\ncontent-length: 2\r\n",
            "{}", 422, "invalid-request", goesOn: true),
        post(
            "a large body", "content-length: 20000\r\n", long(20_000), 413, "content-too-large",
            goesOn: true),
        post(
            "a large body that asks to be welcome",
            "expect: 100-continue\r\ncontent-length: 20000\r\n", 413, "content-too-large"),
        post(
            "a body that is never read", "content-length: 9000000000\r\n", 413, "content-too-large"),
    ]

    @Test(
        "bytes are answered as HTTP wants it, and where the next request begins is never in doubt",
        arguments: hosts + heads + methodsAndPaths + bodies)
    func answered(_ input: Case) async throws {
        try await TestIngress.with { ingress in
            let answer = try await ingress.raw(input.bytes + Self.next)
            let answers = answer.split(separator: "HTTP/1.1 ")
            #expect(
                answers.map { Int($0.prefix(3)) } == [input.status] + (input.goesOn ? [200] : []),
                "\(answer)")
            let first = try #require(answers.first)
            let fields = first.prefix { $0 != "{" }.split(separator: "\r\n").map(String.init)
            #expect(fields.contains("X-Content-Type-Options: nosniff"))
            #expect(fields.contains { $0.lowercased().hasPrefix("x-request-id: ") })
            #expect(fields.contains("Connection: close") == !input.goesOn)
            for field in input.fields { #expect(fields.contains(field)) }
            let isProblem = fields.contains { $0.hasSuffix(": application/problem+json") }
            #expect(isProblem == (input.slug != nil))
            if let slug = input.slug { #expect(first.contains("\"/problems/\(slug)\"")) }
        }
    }
}
