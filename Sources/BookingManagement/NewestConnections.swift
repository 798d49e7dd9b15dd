import NIOCore
import Synchronization

/// The open connections, of which there may be so many: for one more, the oldest is closed.
///
/// What comes here is answered within milliseconds, so a connection that is the oldest of very many waits for
/// nothing. Whoever keeps connections open or opens ever more of them keeps nobody out: a probe always gets
/// its answer.
final class NewestConnections: Sendable {
    private struct State {
        var lastNumber: UInt64 = 0
        /// By number, so in the order of coming.
        var open: [(number: UInt64, channel: any Channel)] = []
    }

    private let countMax: Int
    private let state = Mutex(State())

    init(countMax: Int) { self.countMax = countMax }

    var count: Int { state.withLock { $0.open.count } }

    /// Takes a connection in until it is closed.
    func enter(_ channel: any Channel) {
        let (number, oldest) = state.withLock { state in
            state.lastNumber += 1
            state.open.append((state.lastNumber, channel))
            let isTooMany = state.open.count > countMax
            return (state.lastNumber, isTooMany ? state.open.removeFirst().channel : nil)
        }
        oldest?.close(promise: nil)
        channel.closeFuture.whenComplete { [self] _ in leave(number) }
    }

    private func leave(_ number: UInt64) {
        state.withLock { state in
            guard let index = state.open.firstIndex(where: { $0.number == number }) else { return }
            state.open.remove(at: index)
        }
    }
}

/// Has its connection taken in, and closed when it is some seconds old.
///
/// However slowly a request trickles in, it does so for no longer. Who scrapes metrics connects anew.
final class ShortLivedConnection: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let connections: NewestConnections
    private let lifetime: TimeAmount
    private var end: Scheduled<Void>?

    init(_ connections: NewestConnections, lifetime: TimeAmount) {
        self.connections = connections
        self.lifetime = lifetime
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        connections.enter(channel)
        end = context.eventLoop.scheduleTask(in: lifetime) { channel.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end?.cancel()
        context.fireChannelInactive()
    }
}
