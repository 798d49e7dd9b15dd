import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// Why a stream's writer can write no more; its producer should return.
enum StreamEnd: Error, Sendable {
    /// The client is gone, or so slow that it was given up.
    case clientGone
    /// The client sends nothing any more, or the service stops: the stream ends in good order.
    case ending
    /// Another piece was being written.
    case busy
}

/// Writes an answer piece by piece, each when the client has taken enough of those before.
///
/// Any route may answer with a ``Hummingbird/Response`` whose body has no length; none does so yet: server-sent
/// events and CSV will.
struct StreamWriter: ResponseBodyWriter, Sendable {
    typealias Continuation = CheckedContinuation<Void, any Error>

    private let connection: NIOLoopBound<HTTPConnection>
    private let eventLoop: any EventLoop

    /// A writer for the request that the connection is answering; call it on the connection's event loop.
    init(_ connection: NIOLoopBound<HTTPConnection>, on eventLoop: any EventLoop) {
        self.connection = connection
        self.eventLoop = eventLoop
    }

    /// Writes a whole response, until it ends or can be written no more.
    func write(_ head: Reply, _ body: ResponseBody) async {
        do {
            try await call { $0.beginStream(head, $1) }
            try await body.write(self)
            await end(isComplete: true)
        } catch { await end(isComplete: false) }
    }

    func write(_ buffer: ByteBuffer) async throws {
        guard buffer.readableBytes > 0 else { return }
        try await call { $0.writePiece(buffer, $1) }
    }

    /// Trailers are not sent; the end is written when the body has returned.
    func finish(_ trailingHeaders: HTTPFields?) {}

    private func end(isComplete: Bool) async {
        try? await call { connection, continuation in
            connection.endStream(isComplete: isComplete)
            continuation.resume()
        }
    }

    /// Calls the connection on its event loop, wherever the producer runs.
    private func call(
        _ body: @escaping @Sendable (HTTPConnection, Continuation) -> Void
    ) async throws {
        try await withCheckedThrowingContinuation { continuation in
            if eventLoop.inEventLoop {
                body(connection.value, continuation)
            } else {
                eventLoop.execute { body(connection.value, continuation) }
            }
        }
    }
}

extension HTTPConnection {
    /// Writes the head of a stream, which may take longer than other requests.
    fileprivate func beginStream(
        _ head: Reply, _ continuation: StreamWriter.Continuation
    ) {
        request?.clear(in: responder.alarms)
        guard let context,
            let form = machine.answered(isStream: true, bytes: 0, at: deadlines.now)
        else { return continuation.resume(throwing: StreamEnd.clientGone) }
        write(ByteBuffer(streaming: head, form, crossOrigin: crossOrigin), context)
        continuation.resume()
    }

    fileprivate func writePiece(_ piece: ByteBuffer, _ continuation: StreamWriter.Continuation) {
        guard let context, let form = machine.streamed(piece.readableBytes) else {
            return continuation.resume(throwing: StreamEnd.clientGone)
        }
        if machine.isEndingStream { return continuation.resume(throwing: StreamEnd.ending) }
        guard stalledWriter == nil else { return continuation.resume(throwing: StreamEnd.busy) }
        switch form.framing {
        case .chunked: write(ByteBuffer(chunk: piece), context)
        case .untilClosed: write(piece, context)
        }
        if context.channel.isWritable {
            continuation.resume()
        } else {
            stalledWriter = continuation
        }
    }

    fileprivate func endStream(isComplete: Bool) {
        request = nil
        guard let context else { return }
        if let form = machine.streamEnded(isComplete: isComplete, at: deadlines.now),
            form.framing == .chunked
        {
            write(.lastChunk, context)
        }
        proceed()
    }

    /// Has the producer of a stream, if there is one, return soon.
    func endStreamEarly() {
        request?.abandon()
        stalledWriter?.resume(throwing: StreamEnd.ending)
        stalledWriter = nil
    }
}

extension ByteBuffer {
    /// What ends a chunked body.
    fileprivate static let lastChunk = ByteBuffer(string: "0\r\n\r\n")

    /// A piece of a chunked body (RFC 9112, 7.1).
    fileprivate init(chunk piece: ByteBuffer) {
        self.init()
        reserveCapacity(piece.readableBytes + Self.chunkBytes)
        writeString(String(piece.readableBytes, radix: 16))
        writeStaticString("\r\n")
        writeImmutableBuffer(piece)
        writeStaticString("\r\n")
    }

    /// Room for a chunk's size and line ends.
    private static let chunkBytes = 20
}
