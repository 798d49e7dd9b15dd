import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import BookingIngress

/// Who may have connections, and for how long.
struct AdmissionTests {
    private static let request = "GET / HTTP/1.1\r\nhost: a\r\n"
    private static let last = request + "connection: close\r\n\r\n"

    private static let respond: @Sendable (Request, IngressContext) -> Response = { _, _ in
        Response(status: .ok)
    }

    @Test("beyond the most connections of an address, further ones are told so; others are served")
    func perAddress() async throws {
        let configure = { (configuration: inout IngressConfiguration) in
            configuration.connectionsPerAddressMax = 2
        }
        try await TestListener.with(configure: configure, respond: Self.respond) { test in
            let port = test.ingress
            try await port.withConnection { parts, outbound in
                try await outbound.write(ByteBuffer(string: Self.request + "\r\n"))
                var answers = parts.makeAsyncIterator()
                #expect(try await answers.next() != nil)
                try await port.withConnection { otherParts, otherOutbound in
                    try await otherOutbound.write(ByteBuffer(string: Self.request + "\r\n"))
                    var otherAnswers = otherParts.makeAsyncIterator()
                    #expect(try await otherAnswers.next() != nil)
                    // It is told before it has asked for anything.
                    let refusal = try await port.withConnection { parts, _ in
                        try await text(parts)
                    }
                    #expect(refusal.hasPrefix("HTTP/1.1 429 Too Many Requests\r\n"))
                    #expect(refusal.contains("\r\nRetry-After: 1\r\n"))
                    #expect(refusal.contains("\r\nConnection: close\r\n"))
                    #expect(refusal.lowercased().contains("\r\nx-request-id: "))
                    #expect(refusal.contains("\"/problems/too-many-connections\""))
                    let other = try await port.raw(Self.last, from: "127.0.0.2")
                    #expect(other.hasPrefix("HTTP/1.1 200 OK\r\n"))
                }
            }
            // Who has ended some may have others.
            while true {
                let answer = (try? await port.raw(Self.last)) ?? ""
                if answer.hasPrefix("HTTP/1.1 200 OK\r\n") { break }
            }
        }
    }

    @Test("a trusted proxy has as many connections as it needs, and its clients are told apart")
    func proxies() async throws {
        let configure = { (configuration: inout IngressConfiguration) in
            configuration.connectionsPerAddressMax = 1
            configuration.trustedProxies = TrustedProxies("127.0.0.1") ?? .none
        }
        let named = ClientAddress(ipv4: 0xcb00_7107)
        let respond: @Sendable (Request, IngressContext) -> Response = { _, context in
            Response(status: context.client == named ? .ok : .notFound)
        }
        let forwarded = "x-forwarded-for: 203.0.113.7\r\n"
        try await TestListener.with(configure: configure, respond: respond) { test in
            try await test.ingress.withConnection { parts, outbound in
                try await outbound.write(ByteBuffer(string: Self.request + forwarded + "\r\n"))
                var answers = parts.makeAsyncIterator()
                let answer = try #require(try await answers.next())
                #expect(String(buffer: answer).hasPrefix("HTTP/1.1 200 OK\r\n"))
                let unnamed = try await test.ingress.raw(Self.last)
                #expect(unnamed.hasPrefix("HTTP/1.1 404 "))
                let untrusted = try await test.ingress.raw(
                    Self.request + forwarded + "connection: close\r\n\r\n", from: "127.0.0.2")
                #expect(untrusted.hasPrefix("HTTP/1.1 404 "))
                let twice = try await test.ingress.raw(
                    Self.request + forwarded
                        + "forwarded: for=198.51.100.1\r\nconnection: close\r\n\r\n")
                #expect(twice.hasPrefix("HTTP/1.1 400 "))
                #expect(twice.contains("\"/problems/ambiguous-client\""))
            }
        }
    }

    @Test("who goes on in spite of 429 loses the connection, and what came behind has no answer")
    func limitedInARow() async throws {
        let refuse: @Sendable (Request, IngressContext) -> Response = { _, _ in
            Response(status: .tooManyRequests)
        }
        try await TestListener.with(respond: refuse) { test in
            let most = HTTPLimits.limitedInARowMax
            let answers = try await test.ingress.raw(
                String(repeating: Self.request + "\r\n", count: most + 4))
            #expect(answers.components(separatedBy: "HTTP/1.1 429 ").count == most + 1)
            #expect(answers.components(separatedBy: "Connection: close").count == 2)
        }
    }

    @Test(
        "when all places are taken, those that do nothing with theirs make room",
        .timeLimit(.minutes(1)))
    func crowded() async throws {
        let configure = { (configuration: inout IngressConfiguration) in
            configuration.connectionsMax = 4
        }
        let limits = { (limits: inout ConnectionLimits) in
            limits.firstWhenCrowded = .milliseconds(100)
        }
        try await TestListener.with(limits: limits, configure: configure, respond: Self.respond) {
            test in
            let port = test.ingress
            // Without this, each would have its place for ten seconds, four at a time.
            let start = ContinuousClock.now
            await withDiscardingTaskGroup { group in
                for number in 0..<16 {
                    group.addTask {
                        // What comes too late is answered with a reset.
                        _ = try? await port.raw(
                            number.isMultiple(of: 2) ? "" : "GET / HTTP/1.1\r\n")
                    }
                }
            }
            let answer = try await port.raw(Self.last)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(ContinuousClock.now - start < .seconds(25))
        }
    }
}
