import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension LoadEngine {
    /// Makes a connection in the place of what there was, after a pause and when it is its turn.
    func connect(_ connection: LoadConnection, after pause: TimeAmount) {
        connection.drop()
        guard pause > .zero else { return takeTurn(connection) }
        schedule(at: .now() + pause) { $0.takeTurn(connection) }
    }

    private func takeTurn(_ connection: LoadConnection) {
        if ramp.admit(connection.number) { open(connection) }
    }

    private func open(_ connection: LoadConnection) {
        let address = plan.addresses[connection.number % plan.addresses.count]
        bootstrap(for: connection, to: address).connect(to: address).assumeIsolated().whenComplete {
            [self] in
            opened(connection, $0)
        }
    }

    /// Clients come from many addresses, if the server is one of this machine.
    private func bootstrap(
        for connection: LoadConnection, to address: SocketAddress
    ) -> ClientBootstrap {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(LoadLimits.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        let number = connection.number / LoadLimits.connectionsByAddress
        guard let text = LoopbackAddress.text(number, to: address.ipAddress ?? ""),
            let own = try? SocketAddress(ipAddress: text, port: 0)
        else { return bootstrap }
        return bootstrap.bind(to: own)
    }

    private func opened(_ connection: LoadConnection, _ result: Result<any Channel, any Error>) {
        guard !isOver else {
            if case .success(let channel) = result { channel.close(promise: nil) }
            return
        }
        if let next = ramp.finished() { open(connections[next]) }
        do {
            let channel = try result.get()
            connection.attach(channel, try handler(on: channel, for: connection))
            advance(connection) { $0.connected(at: $1) }
        } catch {
            if case .success(let channel) = result { channel.close(promise: nil) }
            let reason = Self.reason(of: error)
            advance(connection) { conversation, _ in conversation.connectFailed(reason) }
        }
        settled(connection)
    }

    private func handler(
        on channel: any Channel, for connection: LoadConnection
    ) throws -> AnswerHandler {
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        let handler = AnswerHandler()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(ReadyRequestHandler())
        try pipeline.addHandler(ByteToMessageHandler(HTTPResponseDecoder()))
        try pipeline.addHandler(handler)
        // The cycle this makes is cut when the connection is let go.
        handler.listener = { [self] event in
            advance(connection) { conversation, now in
                switch event {
                case .answered(let answer): conversation.answered(answer, at: now)
                case .broke(let fault): conversation.broke(fault)
                }
            }
        }
        return handler
    }

    /// Why a connection could not be made, in words that are the same for all of the same kind.
    private static func reason(of error: any Error) -> String {
        switch error {
        case let error as IOError where error.errnoCode == ECONNREFUSED: "refused"
        case let error as IOError: "errno \(error.errnoCode)"
        case ChannelError.connectTimeout: "no answer in time"
        case ChannelError.ioOnClosedChannel: "closed at once"
        default: "\(error)"
        }
    }
}
