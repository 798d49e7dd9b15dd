import HTTPTypes
import Hummingbird
import HummingbirdCore
import JSON
import NIOCore
import NIOHTTP1
import ProblemDetails

/// One HTTP/1.1 connection: reads a request, has it answered on the connection's event loop, at once or in
/// a task of its own, writes the answer, and so on.
///
/// Between two requests a connection is this object and its socket; see ARCHITECTURE.md for why it is not
/// a task.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The most bytes of one request's body that are read at all.
    ///
    /// A body that is too large is answered at once, and what is left of it is read, so that the client
    /// gets to see the answer. This is where that patience ends.
    static let uploadBytesMax = 8 * 1024 * 1024
    /// How long a client that was told that the connection ends has to take the last answer.
    static let lingering = TimeAmount.seconds(2)

    /// A request that is being read.
    private struct Incoming {
        let head: HTTPRequestHead
        /// What has come of the body, as far as anybody looks at it.
        var body = ByteBuffer()
        var bytes = 0
        /// Rings when the request takes too long to come.
        var timeout: Scheduled<Void>?
        /// It is being answered, though it is not here as a whole.
        var isAnswered = false
    }

    /// A request that is being answered.
    private struct Answering {
        let isHead: Bool
        /// Rings when it takes too long, unless that cannot be.
        var alarm: AlarmClock.Alarm?
        /// To be called when nobody wants the answer any more.
        let cancel: @Sendable () -> Void
    }

    private let responder: RequestResponder
    private let executor: EventLoopExecutor
    private var context: ChannelHandlerContext?
    private var incoming: Incoming?
    private var answering: Answering?
    /// What came of later requests while one was being answered, or while the client took no answers: no
    /// more than is read at once.
    private var early = CircularBuffer<HTTPServerRequestPart>()
    /// The channel would like to read, and may once ``early`` is empty and the client takes answers.
    private var wantsRead = false
    /// What came behind ``early`` is no request.
    private var isBroken = false
    /// The client sends nothing any more.
    private var inputHasEnded = false
    /// The connection ends with the answer to the present request.
    private var isLast = false
    /// The last answer was written; nothing that comes is looked at.
    private var hasEnded = false

    init(on eventLoop: any EventLoop, responder: RequestResponder) {
        self.responder = responder
        executor = EventLoopExecutor.on(eventLoop)
    }

    // MARK: - Reading

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func read(context: ChannelHandlerContext) {
        if early.isEmpty, context.channel.isWritable { context.read() } else { wantsRead = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        goOn(context)
        context.fireChannelWritabilityChanged()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        // What belongs to the request at hand is taken in; the next one may have to wait.
        if early.isEmpty, canTake(context) {
            take(part, context)
        } else {
            early.append(part)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if let incoming, !incoming.isAnswered, incoming.timeout == nil {
            let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
            let limit = TimeAmount(responder.requestDeadline)
            self.incoming?.timeout = context.eventLoop.scheduleTask(in: limit) {
                connection.value.refuse(Problem(Refusal.deadlineExceeded))
            }
        }
        context.fireChannelReadComplete()
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        guard !hasEnded else { return }
        switch part {
        case .head(let head):
            incoming = Incoming(head: head)
            // Who speaks an older version does not know that connections last, and the parser does not go
            // on behind what might be another protocol.
            if !head.isKeepAlive || head.version != .http1_1
                || head.headers.contains(name: "upgrade")
                || head.method == .CONNECT
            {
                isLast = true
            }
            if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.continueResponse), promise: nil)
            }
        case .body(let bytes):
            takeBody(bytes, context)
        case .end:
            guard let incoming else { return }
            self.incoming = nil
            incoming.timeout?.cancel()
            if !incoming.isAnswered { answer(incoming, context) }
        }
    }

    private func takeBody(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard var incoming else { return }
        incoming.bytes += bytes.readableBytes
        if incoming.bytes > Self.uploadBytesMax { return context.close(promise: nil) }
        if !incoming.isAnswered {
            if incoming.body.readableBytes == 0 {
                incoming.body = bytes
            } else {
                incoming.body.writeImmutableBuffer(bytes)
            }
            // Whoever reads the body sees that it is too large, and need not see more of it.
            if incoming.body.readableBytes > Request.bodyBytesMax {
                incoming.isAnswered = true
                incoming.timeout?.cancel()
                answer(incoming, context)
                incoming.body = ByteBuffer()
            }
        }
        self.incoming = incoming
    }

    // MARK: - Answering

    private func answer(_ incoming: Incoming, _ context: ChannelHandlerContext) {
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        let wait = responder.answerAtOnce(incoming.head, incoming.body, on: executor) {
            [executor] making in
            executor.call { connection.value.finish(making()) }
        }
        if let wait {
            answering = Answering(isHead: false) { wait.answer(.clientGone) }
        } else {
            answerInTask(incoming, context)
        }
    }

    private func answerInTask(_ incoming: Incoming, _ context: ChannelHandlerContext) {
        guard let head = HTTPRequest(incoming.head) else {
            return refuse(.malformed)
        }
        let request = Request(head: head, body: RequestBody(buffer: incoming.body))
        let requestContext = responder.context(for: request, on: context.channel)
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        let task = Task(executorPreference: executor) { [responder] in
            let reply = await responder.answer(to: request, requestContext)
            connection.value.finish(reply)
        }
        let limit = responder.limit(requestContext)
        let alarm = responder.alarms.set(after: limit) { task.cancel() }
        answering = Answering(isHead: head.method == .head, alarm: alarm) { task.cancel() }
    }

    /// Writes the answer, and goes on with what came meanwhile.
    private func finish(_ reply: Reply) {
        guard let answered = answering else { return }
        answering = nil
        if let alarm = answered.alarm { responder.alarms.clear(alarm) }
        guard let context, !hasEnded else { return }
        var reply = reply
        if answered.isHead { reply.body = ByteBuffer() }
        write(reply, context)
        goOn(context)
    }

    /// Whether the next part can be taken: it belongs to the request at hand, or begins another one while
    /// none is being answered and the client takes the answers it gets.
    private func canTake(_ context: ChannelHandlerContext) -> Bool {
        incoming != nil || (answering == nil && context.channel.isWritable)
    }

    /// Takes what came too early, and lets more come.
    private func goOn(_ context: ChannelHandlerContext) {
        while canTake(context), let part = early.popFirst() { take(part, context) }
        guard early.isEmpty, context.channel.isWritable else { return }
        if isBroken, answering == nil { refuse(.malformed) }
        if wantsRead {
            wantsRead = false
            context.read()
        }
    }

    /// Answers what is no request, or none that can be waited for, and ends the connection.
    private func refuse(_ problem: Problem) {
        guard let context, !hasEnded else { return }
        isLast = true
        if incoming?.isAnswered == true { return end(context) }
        incoming = nil
        write(Reply(problem), context)
    }

    private func write(_ reply: Reply, _ context: ChannelHandlerContext) {
        // What the client sent before is answered still.
        if inputHasEnded, early.isEmpty, incoming == nil, !isBroken { isLast = true }
        let bytes = ByteBuffer(reply, closes: isLast)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        if isLast { end(context) }
    }

    /// Ends the connection, once the client has had time to take what was written.
    private func end(_ context: ChannelHandlerContext) {
        hasEnded = true
        early.removeAll()
        // Closed as a whole, what the client still sends would be answered with a reset, and the answer
        // might be lost with it.
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
    }

    // MARK: - Ending

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            isLast = true
            if isIdle { context.close(promise: nil) }
        case ChannelEvent.inputClosed:
            inputHasEnded = true
            if isIdle, early.isEmpty { context.close(promise: nil) }
        case IdleStateHandler.IdleStateEvent.read where answering == nil || incoming != nil:
            context.close(promise: nil)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Whether there is no request whose answer is still to come.
    private var isIdle: Bool { answering == nil && incoming?.isAnswered ?? true }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.close(promise: nil) }
        isBroken = true
        if early.isEmpty, answering == nil { refuse(.malformed) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        answering?.cancel()
        incoming?.timeout?.cancel()
        context.fireChannelInactive()
    }
}

extension Problem {
    fileprivate static let malformed = Problem(
        .badRequest, "malformed-request", "This is not a request in HTTP/1.1.")
}
