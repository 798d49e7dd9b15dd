import AMQP
import Dispatch
import Glibc
import Testing

/// A server that greets one client as a broker would, allows frames of a given size, and lets it in.
enum TuningServer {
    private static let patience = timeval(tv_sec: 10, tv_usec: 0)
    private static let queue = DispatchQueue(label: "tuning server", attributes: .concurrent)

    /// Serves one connection while `body` runs.
    static func run<Result>(
        frameMax: UInt32, instead configuration: AMQPConfiguration,
        _ body: (AMQPConfiguration) async throws -> Result
    ) async throws -> Result {
        let listener = try #require(LoopbackSocket.listen())
        defer { LoopbackSocket.close(listener) }
        queue.async { serve(listener, frameMax: frameMax) }
        var configuration = configuration
        configuration.addresses = [
            AMQPAddress(host: "127.0.0.1", port: LoopbackSocket.port(of: listener))
        ]
        // Wakes the server, should nobody have come.
        defer { shutdown(listener, Int32(SHUT_RDWR)) }
        return try await body(configuration)
    }

    private static func serve(_ listener: Int32, frameMax: UInt32) {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        defer { close(client) }
        var patience = patience
        setsockopt(
            client, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard received(from: client) != nil else { return }
        let greeting = [0, 9] + bytes(0) + text("PLAIN") + text("en_US")
        send(method: 10, greeting, to: client)
        guard received(from: client) != nil else { return }
        send(method: 30, [0x07, 0xFF] + bytes(frameMax) + [0, 0], to: client)
        while let frames = received(from: client) {
            if frames.contains(method: 40) { send(method: 41, [0], to: client) }
            if frames.contains(method: 50) { return send(method: 51, [], to: client) }
        }
    }

    /// What comes next; `nil` when the client has gone, or says nothing.
    private static func received(from client: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(client, &buffer, buffer.count)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    /// Sends a method of the class `connection`.
    private static func send(method: UInt8, _ arguments: [UInt8], to client: Int32) {
        let payload = [0, 10, 0, method] + arguments
        let frame = [1, 0, 0] + bytes(UInt32(payload.count)) + payload + [0xCE]
        _ = Glibc.send(client, frame, frame.count, Int32(MSG_NOSIGNAL))
    }

    private static func text(_ text: String) -> [UInt8] {
        bytes(UInt32(text.utf8.count)) + Array(text.utf8)
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}

extension [UInt8] {
    /// Whether a method of the class `connection` is among the frames.
    fileprivate func contains(method: UInt8) -> Bool {
        indices.dropLast(3).contains { Array(self[$0..<$0 + 4]) == [0, 10, 0, method] }
    }
}
