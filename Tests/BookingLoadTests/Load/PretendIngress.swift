import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An ingress that only pretends: it answers like the API and keeps nothing.
final class PretendIngress: Sendable {
    /// What it does with bookings.
    enum Behaviour: Sendable {
        /// Confirms them; at once if it may wait, else when asked.
        case confirms
        /// Says that everything is sold out.
        case soldOut
        /// Refuses every second one, and does not always say for how long.
        case overloaded
        /// Accepts them and knows nothing of it afterwards.
        case forgets
        /// Accepts them and never decides.
        case hesitates
        /// Ends the connection instead of every third answer.
        case hangsUp
        /// Answers nothing before so long after the first.
        case stalls(TimeAmount)
    }

    struct Answer {
        var status = HTTPResponseStatus.ok
        var headers: HTTPHeaders = [:]
        var body = ""
        var after = TimeAmount.zero
        var hangsUp = false
    }

    private struct State {
        var bookings = 0
        var keys: Set<String> = []
        var removals = 0
        /// The addresses that connections came from, but for the one of the first look.
        var clients: Set<String> = []
        var stallsUntil: NIODeadline?
    }

    private let behaviour: Behaviour
    private let state = Mutex(State())

    private init(_ behaviour: Behaviour) { self.behaviour = behaviour }

    /// Different keys under which bookings came.
    var keys: Int { state.withLock { $0.keys.count } }
    var bookings: Int { state.withLock { $0.bookings } }
    /// Accounts that were removed.
    var removals: Int { state.withLock { $0.removals } }
    /// Different addresses that requests came from.
    var clients: Set<String> { state.withLock { $0.clients } }

    fileprivate func heard(from client: String?) {
        if let client { state.withLock { _ = $0.clients.insert(client) } }
    }

    /// Runs `body` with an ingress that listens on this machine.
    static func withIngress<Result>(
        _ behaviour: Behaviour, _ body: (String, PretendIngress) async throws -> Result
    ) async throws -> Result {
        let ingress = PretendIngress(behaviour)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(PretendHandler(ingress))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let url = "http://127.0.0.1:\(server.localAddress?.port ?? 0)"
        do {
            let result = try await body(url, ingress)
            try await group.shutdownGracefully()
            return result
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }

    fileprivate func answer(to head: HTTPRequestHead) -> Answer {
        switch (head.method, head.uri) {
        case (.POST, "/v1/users"):
            Answer(
                status: .created, body: #"{"id":"u","email":"e","name":"n","role":"attendee"}"#)
        case (.DELETE, "/v1/users/me"): removal()
        case (.POST, "/v1/sessions"): Answer(status: .created, body: #"{"token":"t"}"#)
        case (.POST, "/v1/events"): Answer(status: .created, body: Self.event)
        case (.GET, "/v1/events/e1"): Answer(body: Self.event)
        case (.POST, "/v1/events/e1/bookings"): submission(head)
        case (.GET, _): status(head)
        default: Answer(status: .notFound, body: Self.problem("not-found", 404))
        }
    }

    private func removal() -> Answer {
        state.withLock { $0.removals += 1 }
        return Answer(status: .noContent)
    }

    private func submission(_ head: HTTPRequestHead) -> Answer {
        let (number, stall) = state.withLock { state in
            state.bookings += 1
            if let key = head.headers.first(name: "Idempotency-Key") { state.keys.insert(key) }
            if case .stalls(let time) = behaviour, state.stallsUntil == nil {
                state.stallsUntil = .now() + time
            }
            return (state.bookings, (state.stallsUntil ?? .now()) - .now())
        }
        let waits = head.headers.contains(name: "Prefer")
        let confirmed = Answer(status: .created, body: Self.booking(number, "confirmed"))
        let accepted = Answer(
            status: .accepted, headers: ["Retry-After": "1"], body: Self.booking(number, "pending"))
        switch behaviour {
        case .confirms: return waits ? confirmed : accepted
        case .soldOut: return Answer(status: .conflict, body: Self.problem("sold-out", 409))
        case .overloaded:
            guard number.isMultiple(of: 2) else { return confirmed }
            return Answer(
                status: .serviceUnavailable,
                headers: number.isMultiple(of: 4) ? [:] : ["Retry-After": "0"],
                body: Self.problem("overloaded", 503))
        case .forgets, .hesitates: return accepted
        case .hangsUp:
            return number.isMultiple(of: 3) ? Answer(hangsUp: true) : confirmed
        case .stalls:
            var answer = confirmed
            answer.after = max(stall, .zero)
            return answer
        }
    }

    private func status(_ head: HTTPRequestHead) -> Answer {
        let number = Int(head.uri.split(separator: "-").last ?? "") ?? 0
        switch behaviour {
        case .forgets: return Answer(status: .notFound, body: Self.problem("not-found", 404))
        case .hesitates:
            return Answer(
                headers: ["Retry-After": "1"], body: Self.booking(number, "pending"),
                after: .milliseconds(20))
        case .confirms, .soldOut, .overloaded, .hangsUp, .stalls:
            return Answer(body: Self.booking(number, "confirmed"))
        }
    }

    private static let event = """
        {"id":"e1","status":"onSale",
         "ticketTypes":[{"id":"t1","name":"A","capacity":10,"available":10}]}
        """

    private static func booking(_ number: Int, _ status: String) -> String {
        "{\"id\":\"b-\(number)\",\"eventId\":\"e1\",\"status\":\"\(status)\",\"items\":[]}"
    }

    private static func problem(_ slug: String, _ status: Int) -> String {
        "{\"type\":\"/problems/\(slug)\",\"title\":\"No\",\"status\":\(status)}"
    }
}

/// Answers one request after the other.
private final class PretendHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let ingress: PretendIngress
    private var head: HTTPRequestHead?

    init(_ ingress: PretendIngress) { self.ingress = ingress }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            ingress.heard(from: context.channel.remoteAddress?.ipAddress)
            let answer = ingress.answer(to: head)
            guard answer.after > .zero else { return send(answer, on: context) }
            context.eventLoop.assumeIsolated().scheduleTask(in: answer.after) { [self] in
                send(answer, on: context)
            }
        }
    }

    private func send(_ answer: PretendIngress.Answer, on context: ChannelHandlerContext) {
        guard !answer.hangsUp else { return context.close(promise: nil) }
        var head = HTTPResponseHead(version: .http1_1, status: answer.status)
        head.headers = answer.headers
        head.headers.add(name: "Content-Length", value: "\(answer.body.utf8.count)")
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let body = ByteBuffer(string: answer.body)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
