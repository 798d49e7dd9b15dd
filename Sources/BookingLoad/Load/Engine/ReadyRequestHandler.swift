import NIOCore
import NIOHTTP1

/// Puts requests on the wire that are bytes already; it stands where an encoder would.
///
/// A request is written as a head, whose only purpose is that the decoder sees it go by (it takes
/// no answer without a request), and a body, which is the whole request.
final class ReadyRequestHandler: ChannelOutboundHandler {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = ByteBuffer

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        switch unwrapOutboundIn(data) {
        case .body(.byteBuffer(let bytes)):
            context.write(wrapOutboundOut(bytes), promise: promise)
        case .head, .body(.fileRegion), .end: promise?.succeed()
        }
    }
}
