import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import Testing

@testable import BookingIngress

/// Answers that are written piece by piece.
struct StreamTests {
    private static let request = "GET / HTTP/1.1\r\nhost: a\r\n"

    /// Answers with a stream of these pieces.
    private static func respond(_ pieces: [String])
        -> @Sendable (Request, IngressContext) -> Response
    {
        { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/csv"],
                body: ResponseBody { writer in
                    for piece in pieces { try await writer.write(ByteBuffer(string: piece)) }
                    try await writer.finish(nil)
                })
        }
    }

    @Test("pieces are chunks, an empty one is none, and the connection goes on behind the last")
    func chunks() async throws {
        try await TestListener.with(respond: Self.respond(["a,b\n", "", "1,2\n3,4\n"])) { test in
            let answer = try await test.ingress.raw(
                Self.request + "\r\n" + Self.request + "connection: close\r\n\r\n")
            let answers = answer.split(separator: "HTTP/1.1 200 OK\r\n")
            #expect(answers.count == 2)
            for answer in answers {
                #expect(answer.contains("\r\nTransfer-Encoding: chunked\r\n"))
                #expect(answer.hasSuffix("\r\n\r\n4\r\na,b\n\r\n8\r\n1,2\n3,4\n\r\n0\r\n\r\n"))
                #expect(!answer.lowercased().contains("content-length"))
            }
            #expect(answers.last?.contains("\r\nConnection: close\r\n") == true)
        }
    }

    @Test("a client of HTTP/1.0 gets the pieces as they are, up to the end of the connection")
    func oldClient() async throws {
        try await TestListener.with(respond: Self.respond(["a", "b"])) { test in
            let answer = try await test.ingress.raw("GET / HTTP/1.0\r\n\r\n")
            #expect(!answer.contains("chunked"))
            #expect(answer.hasSuffix("\r\nConnection: close\r\n\r\nab"))
        }
    }

    @Test("a stream that fails has no last chunk, so that nobody takes it for whole")
    func fails() async throws {
        struct Broken: Error {}
        let respond: @Sendable (Request, IngressContext) -> Response = { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "a"))
                    throw Broken()
                })
        }
        try await TestListener.with(respond: respond) { test in
            // What was written may be lost with the connection.
            let answer = (try? await test.ingress.raw(Self.request + "\r\n")) ?? ""
            #expect(!answer.contains("\r\n0\r\n\r\n"))
        }
    }

    @Test(
        "a stream waits for its client, and ends when that takes nothing", .timeLimit(.minutes(1)))
    func stalled() async throws {
        let pieces = Mutex(0)
        let (ends, ended) = AsyncStream<any Error>.makeStream()
        let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 * 1024)
        let respond: @Sendable (Request, IngressContext) -> Response = { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    do {
                        while true {
                            try await writer.write(piece)
                            pieces.withLock { $0 += 1 }
                        }
                    } catch {
                        ended.yield(error)
                        throw error
                    }
                })
        }
        try await TestListener.with(limits: { $0.stalled = .milliseconds(300) }, respond: respond) {
            test in
            let client = try await test.ingress.connect()
            // Nothing is read before the stream has ended.
            try await client.executeThenClose { _, outbound in
                try await outbound.write(ByteBuffer(string: Self.request + "\r\n"))
                var all = ends.makeAsyncIterator()
                #expect(await all.next() is StreamEnd)
            }
            // The kernel takes some megabytes, and the client's channel reads a little ahead.
            #expect(pieces.withLock { $0 } < 64 * 1024 * 1024 / piece.readableBytes)
        }
    }

    /// A stream that is silent after its first piece; `ended` hears that its producer has returned.
    private static func silent(
        _ ended: AsyncStream<Void>.Continuation
    ) -> @Sendable (Request, IngressContext) -> Response {
        { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    defer { ended.yield() }
                    try await writer.write(ByteBuffer(string: "a"))
                    try await Task.sleep(for: .seconds(3600))
                })
        }
    }

    @Test(
        "a stream ends in good order when the service stops, or the client ends its side",
        .timeLimit(.minutes(1)), arguments: [true, false])
    func ends(byStopping: Bool) async throws {
        let (ends, ended) = AsyncStream<Void>.makeStream()
        try await TestListener.with(respond: Self.silent(ended)) { test in
            let client = try await test.ingress.connect()
            try await client.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: Self.request + "\r\n"))
                var answer = ByteBuffer()
                var parts = inbound.makeAsyncIterator()
                while !String(buffer: answer).hasSuffix("\r\n1\r\na\r\n") {
                    answer.writeImmutableBuffer(try #require(try await parts.next()))
                }
                if byStopping { await test.stop() } else { outbound.finish() }
                while let part = try await parts.next() { answer.writeImmutableBuffer(part) }
                #expect(String(buffer: answer).hasSuffix("\r\n1\r\na\r\n0\r\n\r\n"))
            }
            var all = ends.makeAsyncIterator()
            await all.next()
        }
    }

    @Test("a stream ends when its client is gone", .timeLimit(.minutes(1)))
    func gone() async throws {
        let (ends, ended) = AsyncStream<Void>.makeStream()
        try await TestListener.with(respond: Self.silent(ended)) { test in
            let client = try await test.ingress.connect()
            try await client.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: Self.request + "\r\n"))
                var parts = inbound.makeAsyncIterator()
                #expect(try await parts.next() != nil)
            }
            var all = ends.makeAsyncIterator()
            await all.next()
        }
    }
}
