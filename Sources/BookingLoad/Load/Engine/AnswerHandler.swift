import NIOCore
import NIOHTTP1

/// The end of a connection's pipeline: sends requests, and tells of each answer or the end.
final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    enum Event {
        case answered(LoadAnswer)
        case broke(LoadFault)
    }

    /// Whom to tell; `nil` once the connection is of no more interest.
    var listener: ((Event) -> Void)?
    private var collector = AnswerCollector()
    private var context: ChannelHandlerContext?

    /// The decoder only asks whether it is a HEAD.
    private static let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Sends `request`, the whole of it, which asks for a `resource`.
    func send(_ request: ByteBuffer, for resource: LoadResource) {
        guard let context else { return }
        collector.resource = resource
        context.write(wrapOutboundOut(.head(Self.head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(request))), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let answer = collector.add(unwrapInboundIn(data)) { listener?(.answered(answer)) }
    }

    func channelInactive(context: ChannelHandlerContext) { listener?(.broke(.closed)) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let isEnd =
            error is IOError || error as? HTTPParserError == .invalidEOFState
            || error is ChannelError
        listener?(.broke(isEnd ? .closed : .malformed))
        context.close(promise: nil)
    }
}
