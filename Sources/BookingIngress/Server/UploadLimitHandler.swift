import NIOCore
import NIOHTTPTypes

/// Closes connections that go on sending a body long after it was refused.
///
/// A body that is too large is answered with 413 at once, but the server reads what is left of it,
/// so that the client gets to see the answer. This is where that patience ends.
final class UploadLimitHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    /// The most bytes of one request's body that are read at all.
    static let bytesMax = 8 * 1024 * 1024

    private var bytes = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: bytes = 0
        case .body(let part): bytes += part.readableBytes
        case .end: break
        }
        if bytes > Self.bytesMax { return context.close(promise: nil) }
        context.fireChannelRead(data)
    }
}
