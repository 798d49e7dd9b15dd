import BookingDomain
import BookingTestSupport
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

@testable import BookingIngress

/// How connections are kept, whatever bytes come over them.
struct ConnectionTests {
    private static let list = "GET /v1/events HTTP/1.1\r\nhost: a\r\n"

    @Test("a request may come in any pieces", arguments: [1, 7, 40])
    func pieces(size: Int) async throws {
        try await TestIngress.with { ingress in
            let body = #"{"email":"a@example.org","name":"A","password":"correct horse"}"#
            let request =
                "POST /v1/users HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                + "content-length: \(body.utf8.count)\r\nconnection: close\r\n\r\n\(body)"
            let bytes = Array(request.utf8)
            let answer = try await ingress.withConnection { inbound, outbound in
                for start in stride(from: 0, to: bytes.count, by: size) {
                    try await outbound.write(
                        ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
                    if size > 1 { try await Task.sleep(for: .milliseconds(2)) }
                }
                return try await text(inbound)
            }
            #expect(answer.hasPrefix("HTTP/1.1 201 Created\r\n"))
            #expect(answer.contains("\r\nConnection: close\r\n"))
        }
    }

    @Test("requests sent before their predecessors are answered are answered one after the other")
    func pipelining() async throws {
        try await TestIngress.with { ingress in
            let paths = (0..<500).map { $0.isMultiple(of: 2) ? "/v1/events" : "/nowhere" }
            var text = paths.map { "GET \($0) HTTP/1.1\r\nhost: a\r\n\r\n" }.joined()
            text += Self.list + "connection: close\r\n\r\n"
            // Nothing is answered behind the one that was said to be the last.
            text += Self.list + "\r\n"
            let answer = try await ingress.raw(text)
            let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(statuses == paths.map { $0 == "/nowhere" ? "404" : "200" } + ["200"])
        }
    }

    @Test("what is no request ends the connection, once the requests before it are answered")
    func garbage() async throws {
        try await TestIngress.with { ingress in
            let answer = try await ingress.raw(Self.list + "\r\n" + "HELLO\r\n\r\n")
            let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(statuses == ["200", "400"])
        }
    }

    @Test(
        "the connection ends with the answer where the client wants that, or knows no better",
        arguments: [
            list + "connection: close\r\n\r\n", list + "connection: Close\r\n\r\n",
            "GET /v1/events HTTP/1.0\r\n\r\n",
            "GET /v1/events HTTP/1.0\r\nconnection: keep-alive\r\n\r\n",
        ])
    func lastRequest(text: String) async throws {
        try await TestIngress.with { ingress in
            let answer = try await ingress.raw(text)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.contains("\r\nConnection: close\r\n"))
            #expect(answer.hasSuffix("}"))
        }
    }

    @Test("a client that sends no more is answered still")
    func halfClosed() async throws {
        try await TestIngress.with { ingress in
            let channel = try await ingress.connect()
            let answer = try await channel.executeThenClose { inbound, outbound in
                let requests = String(repeating: Self.list + "\r\n", count: 3)
                try await outbound.write(ByteBuffer(string: requests))
                outbound.finish()
                return try await text(inbound)
            }
            let answers = answer.split(separator: "HTTP/1.1 ")
            #expect(answers.map { $0.prefix(3) } == ["200", "200", "200"])
            #expect(answers.last?.contains("\r\nConnection: close\r\n") == true)
        }
    }

    @Test("a client that goes away is not waited with", .timeLimit(.minutes(1)))
    func goesAway() async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let token = try #require(try await ingress.client.newUser().token)
            let body = #"{"items":[{"ticketTypeId":"\#(types[0])","quantity":1}]}"#
            let channel = try await ingress.connect()
            let options = try #require(channel.channel as? any SocketOptionProvider)
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            try await channel.executeThenClose { _, outbound in
                try await outbound.write(
                    ByteBuffer(
                        string: "POST /v1/events/\(event)/bookings HTTP/1.1\r\nhost: a\r\n"
                            + "authorization: Bearer \(token)\r\nidempotency-key: k\r\n"
                            + "content-type: application/json\r\nprefer: wait=30\r\n"
                            + "content-length: \(body.utf8.count)\r\n\r\n\(body)"))
                try await eventually("somebody waits") { ingress.waiters > 0 }
            }
            try await eventually("nobody waits any more") { ingress.waiters == 0 }
        }
    }

    @Test("a client that ends its side is told what is known, and not waited for")
    func leaves() async throws {
        try await TestIngress.with { ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let token = try #require(try await ingress.client.newUser().token)
            let body = #"{"items":[{"ticketTypeId":"\#(types[0])","quantity":1}]}"#
            let start = ContinuousClock.now
            let answer = try await ingress.withConnection { inbound, outbound in
                try await outbound.write(
                    ByteBuffer(
                        string: "POST /v1/events/\(event)/bookings HTTP/1.1\r\nhost: a\r\n"
                            + "authorization: Bearer \(token)\r\nidempotency-key: k\r\n"
                            + "content-type: application/json\r\nprefer: wait=30\r\n"
                            + "content-length: \(body.utf8.count)\r\n\r\n\(body)"))
                try await eventually("somebody waits") { ingress.waiters > 0 }
                outbound.finish()
                return try await text(inbound)
            }
            #expect(answer.hasPrefix("HTTP/1.1 202 "))
            #expect(answer.contains("\r\nConnection: close\r\n"))
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    @Test(
        "a request that does not come in time is given up, however often bytes come",
        .timeLimit(.minutes(1)),
        arguments: [
            "GET /v1/events HTTP/1.1\r\nx: ",
            "POST /v1/users HTTP/1.1\r\nhost: a\r\ncontent-length: 9999\r\n\r\n",
            "POST /v1/users HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1;",
        ])
    func slowRequest(beginning: String) async throws {
        try await TestIngress.with(configure: { $0.requestDeadline = .milliseconds(300) }) {
            ingress in
            let answer = try await ingress.withConnection { inbound, outbound in
                try await outbound.write(ByteBuffer(string: beginning))
                return try await withThrowingTaskGroup(of: String?.self) { group in
                    group.addTask { try await text(inbound) }
                    group.addTask {
                        // Until the connection ends, which fails this or cancels it.
                        while !Task.isCancelled {
                            do { try await outbound.write(ByteBuffer(string: "x")) } catch { break }
                            try? await Task.sleep(for: .milliseconds(20))
                        }
                        return nil
                    }
                    defer { group.cancelAll() }
                    while let answer = try await group.next() { if let answer { return answer } }
                    return ""
                }
            }
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect(answer.contains("/problems/request-timeout"))
            #expect(answer.contains("\r\nConnection: close\r\n"))
        }
    }

    @Test("a connection without requests is closed after a while, one that waits is not")
    func idle() async throws {
        try await TestIngress.with(configure: { $0.idleTimeout = .seconds(1) }) { ingress in
            #expect(try await ingress.raw("").isEmpty)
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let answer = try await ingress.client.newUser().book(types[0], prefer: "wait=2")
            #expect(answer.status == 202)
        }
    }

    @Test("who asks whether his body is welcome is told so")
    func expectation() async throws {
        try await TestIngress.with { ingress in
            let answer = try await ingress.raw(
                "POST /v1/users HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                    + "expect: 100-continue\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}")
            #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 422 "))
        }
    }

    @Test("a too large body is answered before it has come")
    func largeBody() async throws {
        try await TestIngress.with { ingress in
            let answer = try await ingress.raw(
                "POST /v1/users HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                    + "connection: close\r\ntransfer-encoding: chunked\r\n\r\n"
                    + "8000\r\n" + String(repeating: "x", count: 0x8000) + "\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            // The connection goes on behind the rest of such a body.
            let both = try await ingress.raw(
                "POST /v1/users HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                    + "transfer-encoding: chunked\r\n\r\n8000\r\n"
                    + String(repeating: "x", count: 0x8000) + "\r\n0\r\n\r\n"
                    + Self.list + "connection: close\r\n\r\n")
            let statuses = both.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(statuses == ["413", "200"])
        }
    }

    @Test("a whole URI may be asked for, and an answer without a body says nothing of its length")
    func targets() async throws {
        try await TestIngress.with { ingress in
            let (event, _) = try await ingress.client.newUser(.organizer).newEvent()
            let answer = try await ingress.raw(
                "GET http://a.example:80/v1/events/\(event) HTTP/1.1\r\nhost: a\r\n"
                    + "if-none-match: *\r\nconnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 304 Not Modified\r\n"))
            #expect(!answer.lowercased().contains("content-length"))
            #expect(answer.hasSuffix("\r\n\r\n"))
            let nowhere = try await ingress.raw(
                "GET http://a.example?x=1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            #expect(nowhere.hasPrefix("HTTP/1.1 404 "))
        }
    }

    @Test("beyond the most connections, further ones wait", .timeLimit(.minutes(1)))
    func connectionsMax() async throws {
        try await TestIngress.with(configure: { $0.connectionsMax = 1 }) { ingress in
            let text = Self.list + "connection: close\r\n\r\n"
            let first = try await ingress.connect()
            try await first.executeThenClose { inbound, outbound in
                var parts = inbound.makeAsyncIterator()
                try await outbound.write(ByteBuffer(string: Self.list + "\r\n"))
                #expect(try await parts.next() != nil)
                let second = Task { (try await ingress.raw(text), ContinuousClock.now) }
                try await Task.sleep(for: .milliseconds(100))
                let end = ContinuousClock.now
                outbound.finish()
                while try await parts.next() != nil {}
                let (answer, answered) = try await second.value
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(answered > end)
            }
        }
    }

    @Test("an ingress that stops answers who waits, and ends his connection")
    func stopping() async throws {
        try await TestIngress.with { ingress in
            // Accepted before all that follow.
            let idle = try await ingress.connect()
            let (_, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            async let waiting = buyer.book(types[0], prefer: "wait=30")
            try await eventually("somebody waits") { ingress.waiters > 0 }
            await ingress.services.triggerGracefulShutdown()
            let answer = try await waiting
            #expect(answer.status == 202)
            #expect(answer.header("connection") == "close")
            try await idle.executeThenClose { inbound, _ in
                let nothing = try await text(inbound)
                #expect(nothing.isEmpty)
            }
        }
    }

    @Test(
        "a client that takes no answers gets no further ones, nor is more read of it",
        .timeLimit(.minutes(1)))
    func slowReader() async throws {
        let channel = NIOAsyncTestingChannel()
        let responder = RequestResponder(
            routed: Answering(), requestDeadline: .seconds(5), alarms: AlarmClock(),
            refusals: RefusalNotes(logger: TestIngress.quiet), logger: TestIngress.quiet)
        let reads = ReadCounter()
        try await channel.testingEventLoop.executeInContext {
            try channel.pipeline.syncOperations.addHandlers(
                reads,
                HTTPConnection(
                    on: channel.eventLoop, responder: responder, deadlines: ConnectionDeadlines(),
                    limits: ConnectionLimits(), peer: Peer(nil, trusting: .none)))
        }
        func ask(_ count: Int) async throws {
            for _ in 0..<count {
                try await channel.writeInbound(
                    ByteBuffer(string: "GET / HTTP/1.1\r\nhost: a\r\n\r\n"))
            }
        }
        func answers() async throws -> Int {
            var count = 0
            // A request takes a few turns of the event loop.
            for _ in 0..<20 {
                await channel.testingEventLoop.run()
                while let answer = try await channel.readOutbound(as: ByteBuffer.self) {
                    #expect(String(buffer: answer).hasPrefix("HTTP/1.1 204 "))
                    count += 1
                }
            }
            return count
        }
        try await ask(3)
        #expect(try await answers() == 3)
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        try await ask(2)
        channel.read()
        #expect(try await answers() == 0)
        #expect(reads.count == 0)
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(try await answers() == 2)
        #expect(reads.count == 1)
        try await channel.close()
    }

    @Test("the date is written as HTTP wants it")
    func date() {
        #expect(HTTPDate.text(of: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        let (before, now, after) = (time(nil), HTTPDate.now(), time(nil))
        #expect([before, after].map(HTTPDate.text).contains(now))
    }

    @Test("a body without end is cut off", .timeLimit(.minutes(1)))
    func endlessBody() async throws {
        try await TestIngress.with { ingress in
            let head =
                "POST /v1/users HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                + "transfer-encoding: chunked\r\n\r\n"
            let chunk = ByteBuffer(string: "10000\r\n\(String(repeating: "x", count: 0x10000))\r\n")
            await #expect(throws: (any Error).self) {
                try await ingress.withConnection { inbound, outbound in
                    try await outbound.write(ByteBuffer(string: head))
                    while true { try await outbound.write(chunk) }
                }
            }
            // And the server is fine.
            let answer = try await ingress.client.send(.get, "/v1/events")
            #expect(answer.status == 200)
        }
    }
}

/// Answers everything at once.
private struct Answering: HTTPResponder {
    func respond(to request: Request, context: IngressContext) -> Response {
        Response(status: .noContent)
    }
}

/// Counts how often the channel reads on.
private final class ReadCounter: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = ByteBuffer

    private let reads = Atomic(0)

    var count: Int { reads.load(ordering: .relaxed) }

    func read(context: ChannelHandlerContext) {
        reads.add(1, ordering: .relaxed)
        context.read()
    }
}
