import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTP1
import ProblemDetails

/// One HTTP/1.1 connection: performs what its ``HTTPConnectionMachine`` says.
///
/// A request is answered on the connection's event loop, at once or in a task of its own. Between two requests
/// a connection is this object and its socket; see ARCHITECTURE.md for why it is not a task.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let responder: RequestResponder
    private let executor: EventLoopExecutor
    let deadlines: ConnectionDeadlines
    private let peer: Peer
    var machine: HTTPConnectionMachine
    private var place: ConnectionDeadlines.Place?
    var context: ChannelHandlerContext?
    var request: RequestAtWork?
    /// What goes with the answer to the request at work, for pages of other origins.
    private(set) var crossOrigin: ByteBuffer?
    /// A stream's writer that waits for the client to take what was written.
    var stalledWriter: StreamWriter.Continuation?
    /// The channel would like to read, and may once the machine wants bytes.
    private var wantsRead = false
    /// Actions are being performed, which may cause events.
    private var isPerforming = false

    init(
        on eventLoop: any EventLoop, responder: RequestResponder, deadlines: ConnectionDeadlines,
        limits: ConnectionLimits, peer: Peer
    ) {
        self.responder = responder
        self.deadlines = deadlines
        self.peer = peer
        executor = EventLoopExecutor.on(eventLoop)
        machine = HTTPConnectionMachine(limits: limits, at: deadlines.now)
    }

    // MARK: - Events of the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let place = deadlines.add(self)
        self.place = place
        deadlines.set(machine.deadline, at: place)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        if let place { deadlines.remove(place) }
        place = nil
    }

    func read(context: ChannelHandlerContext) {
        if machine.wantsBytes { context.read() } else { wantsRead = true }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        machine.received(unwrapInboundIn(data))
        proceed()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        machine.writabilityChanged(to: isWritable, at: deadlines.now)
        if isWritable, let writer = stalledWriter {
            stalledWriter = nil
            writer.resume()
        }
        proceed()
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            machine.quiesce()
            if machine.isEndingStream { endStreamEarly() }
        case ChannelEvent.inputClosed:
            machine.inputEnded()
            if machine.isEndingStream { endStreamEarly() } else { request?.leave() }
        case ChannelEvent.outputClosed:
            machine.outputEnded(at: deadlines.now)
        default:
            return context.fireUserInboundEventTriggered(event)
        }
        proceed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        machine.channelEnded()
        endStreamEarly()
        context.fireChannelInactive()
    }

    // MARK: - Actions

    /// Performs what there is to do, and lets more come.
    func proceed() {
        guard !isPerforming, let context else { return }
        isPerforming = true
        while perform(machine.proceed(at: deadlines.now), context) {}
        isPerforming = false
        settle(context)
    }

    private func settle(_ context: ChannelHandlerContext) {
        if let place { deadlines.set(machine.deadline, at: place) }
        if wantsRead, machine.wantsBytes {
            wantsRead = false
            context.read()
        }
    }

    /// Performs an action; tells whether there may be more to do.
    private func perform(
        _ action: HTTPConnectionMachine.Action, _ context: ChannelHandlerContext
    ) -> Bool {
        switch action {
        case .wait: return false
        case .welcomeBody:
            context.writeAndFlush(wrapOutboundOut(.continueResponse), promise: nil)
        case .answer(let head, let body): answer(head, body, context)
        case .refuse(let refusal, let head, let closes):
            var reply = responder.reply(refusing: refusal)
            if head?.method == .HEAD { reply.body = ByteBuffer() }
            let crossOrigin = head.flatMap { responder.origins?.fields(for: $0) }
            write(ByteBuffer(reply, closes: closes, crossOrigin: crossOrigin), context)
        case .closeOutput: context.close(mode: .output, promise: nil)
        case .flush:
            let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
            let sent = context.eventLoop.makePromise(of: Void.self)
            sent.futureResult.whenComplete { _ in connection.value.outputEnded() }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: sent)
        case .close:
            context.close(promise: nil)
            return false
        }
        return true
    }

    private func outputEnded() {
        machine.outputEnded(at: deadlines.now)
        proceed()
    }

    func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    // MARK: - Answering

    private func answer(
        _ head: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext
    ) {
        if let origins = responder.origins {
            crossOrigin = origins.fields(for: head)
            if let reply = responder.preflight(head) { return deliver(reply, context) }
        }
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        let wait = responder.answerAtOnce(head, body, from: peer) { [executor] making in
            executor.call { connection.value.finish(making()) }
        }
        if let wait {
            request = .submission(wait)
        } else {
            answerInTask(head, body, context)
        }
    }

    private func answerInTask(
        _ head: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext
    ) {
        let client: ClientAddress
        do { client = try peer.client(of: head.headers) } catch {
            return deliver(responder.reply(refusing: error), context)
        }
        guard let requestHead = HTTPRequest(head) else {
            return deliver(responder.reply(refusing: .malformed), context)
        }
        let routed = Request(head: requestHead, body: RequestBody(buffer: body))
        let requestContext = responder.context(for: routed, from: client, on: context.channel)
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        let task = Task(executorPreference: executor) { [responder] in
            switch await responder.answer(to: routed, requestContext) {
            case .whole(let reply): connection.value.finish(reply)
            case .stream(let head, let body):
                await StreamWriter(connection, on: eventLoop).write(head, body)
            }
        }
        let limit = responder.limit(requestContext)
        let alarm = responder.alarms.set(after: limit) { task.cancel() }
        request = .routed(task, requestContext.presence, alarm)
    }

    /// Writes the answer, and goes on with what came meanwhile.
    private func finish(_ reply: Reply) {
        request?.clear(in: responder.alarms)
        request = nil
        guard let context else { return }
        deliver(reply, context)
        proceed()
    }

    private func deliver(_ reply: Reply, _ context: ChannelHandlerContext) {
        let form = machine.answered(
            isStream: false, isLimited: reply.status == .tooManyRequests,
            bytes: reply.body.readableBytes, at: deadlines.now)
        guard let form else { return }
        var reply = reply
        if form.omitsBody { reply.body = ByteBuffer() }
        write(ByteBuffer(reply, closes: form.closes, crossOrigin: crossOrigin), context)
    }

    func timePassed(isCrowded: Bool) {
        guard !isPerforming, let context else { return }
        isPerforming = true
        let action = machine.timePassed(at: deadlines.now, isCrowded: isCrowded)
        let goesOn = perform(action, context)
        isPerforming = false
        if goesOn { proceed() } else { settle(context) }
    }
}

extension HTTPConnection: ExpiringConnection {}
