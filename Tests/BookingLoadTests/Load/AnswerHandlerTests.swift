import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import BookingLoad

@Suite("Answers over a connection")
struct AnswerHandlerTests {
    /// A connection without a network, and what was heard of it.
    private final class Line {
        let channel = EmbeddedChannel()
        let handler = AnswerHandler()
        var answers: [LoadAnswer] = []
        var faults: [LoadFault] = []

        init() throws {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ReadyRequestHandler())
            try pipeline.addHandler(ByteToMessageHandler(HTTPResponseDecoder()))
            try pipeline.addHandler(handler)
            handler.listener = { [unowned self] event in
                switch event {
                case .answered(let answer): answers.append(answer)
                case .broke(let fault): faults.append(fault)
                }
            }
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        }

        func ask() { handler.send(ByteBuffer(string: "ask"), for: .booking) }

        func receive(_ text: String) throws {
            try channel.writeInbound(ByteBuffer(string: text))
        }
    }

    static let body = #"{"id":"b1","status":"pending"}"#
    static let whole =
        "HTTP/1.1 202 Accepted\r\nretry-after: 1\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        + body
    static let pending = LoadAnswer.pending(id: "b1", retryAfter: .seconds(1))

    @Test("A request goes out as the bytes it is")
    func sent() throws {
        let line = try Line()
        line.ask()
        #expect(try line.channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(string: "ask"))
        #expect(try line.channel.readOutbound(as: ByteBuffer.self) == nil)
    }

    @Test("An answer may come in one piece or byte by byte", arguments: [1, 7, 10_000])
    func split(size: Int) throws {
        let line = try Line()
        line.ask()
        var rest = Self.whole[...]
        while !rest.isEmpty {
            #expect(line.answers.isEmpty)
            try line.receive(String(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        #expect(line.answers == [Self.pending])
        #expect(line.faults.isEmpty)
    }

    @Test("An answer may come in chunks")
    func chunked() throws {
        let line = try Line()
        line.ask()
        try line.receive("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try line.receive("8\r\n{\"id\":\"b\r\n16\r\n1\",\"status\":\"pending\"}\r\n0\r\n\r\n")
        #expect(line.answers == [.pending(id: "b1", retryAfter: nil)])
    }

    @Test("One connection carries many answers")
    func keptAlive() throws {
        let line = try Line()
        for _ in 0..<3 {
            line.ask()
            try line.receive(Self.whole)
        }
        #expect(line.answers == Array(repeating: Self.pending, count: 3))
    }

    @Test("A connection that ends within an answer has broken")
    func cut() throws {
        let line = try Line()
        line.ask()
        try line.receive(String(Self.whole.dropLast(5)))
        try? line.channel.close().wait()
        #expect(line.answers.isEmpty)
        #expect(line.faults.first == .closed)
        #expect(line.faults.allSatisfy { $0 == .closed })
    }

    @Test("What is not HTTP has broken, and so has an answer that nobody asked for")
    func malformed() throws {
        let line = try Line()
        line.ask()
        try? line.receive("SSH-2.0-OpenSSH_9.6\r\n")
        #expect(line.faults.first == .malformed)
        let other = try Line()
        try? other.receive(Self.whole)
        #expect(other.answers.isEmpty)
        #expect(other.faults.first == .malformed)
    }

    @Test("Nobody hears of a connection that was let go")
    func dropped() throws {
        let line = try Line()
        line.ask()
        line.handler.listener = nil
        try line.receive(Self.whole)
        try? line.channel.close().wait()
        #expect(line.answers.isEmpty)
        #expect(line.faults.isEmpty)
    }
}
