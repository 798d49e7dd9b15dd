import HTTPTypes
import JSON
import Hummingbird
package import NIOCore
package import NIOHTTPTypes

/// Gives a body to the one error the server answers by itself: a request that is not HTTP.
///
/// Such a request never reaches a router, so no middleware sees it; the server writes an empty 400
/// and closes the connection. Add this to the server's channel handlers, and it is a ``Problem`` too.
package final class BareErrorHandler: ChannelOutboundHandler, RemovableChannelHandler {
    package typealias OutboundIn = HTTPResponsePart
    package typealias OutboundOut = HTTPResponsePart

    package init() {}

    package func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        guard case .head(var head) = unwrapOutboundIn(data), head.isBareError else {
            return context.write(data, promise: promise)
        }
        let problem = Problem(
            .badRequest, "malformed-request", "This is not a request in HTTP/1.1.")
        let body = ByteBuffer(bytes: problem.rendered)
        head.headerFields[.contentType] = Problem.mediaType
        head.headerFields[.contentLength] = String(body.readableBytes)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: promise)
    }
}

extension HTTPResponse {
    fileprivate var isBareError: Bool {
        status == .badRequest && headerFields[.contentLength] == "0"
            && headerFields[.contentType] == nil
    }
}
