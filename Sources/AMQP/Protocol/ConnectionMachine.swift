/// What is known of a connection after the login, and what frames and calls lead to.
///
/// A value without I/O or clock: every event returns the actions the shell is to perform. `open`
/// moves to `closing` when we close it, and from either to `ended`.
struct ConnectionMachine {
    typealias Instant = ContinuousClock.Instant

    enum Phase: Equatable {
        case open
        /// Our farewell is sent; the reply is awaited until the deadline.
        case closing(until: Instant)
        case ended
    }

    private(set) var phase = Phase.open
    private(set) var isBlocked = false
    private let channelMax: UInt16
    private var channels: [UInt16: ChannelMachine] = [:]
    private var lastSerial: UInt64 = 0

    init(channelMax: UInt16) { self.channelMax = channelMax }

    /// When `expire` is to be called next.
    var nextDeadline: Instant? {
        if case .closing(let deadline) = phase { return deadline }
        return channels.values.lazy.compactMap(\.nextDeadline).min()
    }

    /// Opens a channel on the lowest number free.
    mutating func openChannel(ticket: Ticket, deadline: Instant) -> [ConnectionAction] {
        guard phase == .open else { return [.answer(ticket, .failure(Self.notOpen))] }
        guard let number = (1...max(channelMax, 1)).first(where: { channels[$0] == nil }) else {
            return [.answer(ticket, .failure(.overloaded("Every channel number is taken.")))]
        }
        lastSerial += 1
        let id = ChannelID(number: number, serial: lastSerial)
        let (channel, actions) = ChannelMachine.opening(id, ticket: ticket, deadline: deadline)
        channels[number] = channel
        return actions
    }

    /// Sends a method that has a reply.
    mutating func request(
        _ method: OutboundMethod, on id: ChannelID, ticket: Ticket, deadline: Instant
    ) -> [ConnectionAction] {
        guard isUsable(id) else { return [.answer(ticket, .failure(Self.channelNotOpen))] }
        return channels[id.number]?.request(method, ticket: ticket, deadline: deadline) ?? []
    }

    /// Sends a method that has no reply; nothing happens when the channel is over.
    mutating func send(_ method: OutboundMethod, on id: ChannelID) -> [ConnectionAction] {
        isUsable(id) ? [.send(method, on: id.number)] : []
    }

    /// Publishes a message.
    mutating func publish(
        _ publication: Publication, on id: ChannelID, ticket: Ticket, deadline: Instant
    ) -> [ConnectionAction] {
        guard isUsable(id) else { return [.settle(ticket, .failure(Self.channelNotOpen))] }
        guard !isBlocked else { return [.settle(ticket, .failure(.blocked))] }
        return channels[id.number]?.publish(publication, ticket: ticket, deadline: deadline) ?? []
    }

    /// Closes a channel; without a ticket nobody waits for it.
    mutating func closeChannel(
        _ id: ChannelID, ticket: Ticket?, deadline: Instant
    ) -> [ConnectionAction] {
        guard isUsable(id) else { return ticket.map { [.answer($0, .success(.done))] } ?? [] }
        return channels[id.number]?.close(ticket: ticket, deadline: deadline) ?? []
    }

    /// Says farewell; whoever waits for anything fails now.
    mutating func close(deadline: Instant) -> [ConnectionAction] {
        guard phase == .open else { return [] }
        phase = .closing(until: deadline)
        return endChannels(.connectionClosedByUs) + [.send(.connectionClose, on: 0)]
    }

    /// Takes a frame from the broker.
    mutating func received(_ frame: InboundFrame) -> [ConnectionAction] {
        do throws(AMQPError) {
            switch frame {
            case .method(let method, on: 0):
                return try received(method)
            case .method(let method, on: let number):
                return try withChannel(number) { (channel) throws(AMQPError) in
                    try channel.received(method)
                }
            case .header(let bodyBytes, let properties, on: let number):
                return try withChannel(number) { (channel) throws(AMQPError) in
                    try channel.receivedHeader(bodyBytes: bodyBytes, properties)
                }
            case .body(let fragment, on: let number):
                return try withChannel(number) { (channel) throws(AMQPError) in
                    try channel.receivedBody(fragment)
                }
            }
        } catch {
            return end(error)
        }
    }

    /// Fails what has run out of time.
    mutating func expire(at now: Instant) -> [ConnectionAction] {
        if case .closing(let deadline) = phase { return deadline <= now ? end(nil) : [] }
        var actions: [ConnectionAction] = []
        // A copy of the numbers: iterating the dictionary itself would make its change copy it.
        for number in Array(channels.keys) {
            guard let deadline = channels[number]?.nextDeadline, deadline <= now else { continue }
            actions += channels[number]?.expire(at: now) ?? []
        }
        return actions
    }

    /// Ends the connection: nil when we asked for it.
    mutating func end(_ error: AMQPError?) -> [ConnectionAction] {
        guard phase != .ended else { return [] }
        let actions = endChannels(error ?? .connectionClosedByUs)
        // Once we have said farewell, whatever ends the connection is what we asked for.
        let reason = phase == .open ? error : nil
        phase = .ended
        return actions + [.ended(reason)]
    }
}

extension ConnectionMachine {
    private static let notOpen = AMQPError(
        .connectionClosed, "The connection is closed.", isSafeToRetry: true)

    private static let channelNotOpen = AMQPError(
        .channelClosed, "The channel is closed.", isSafeToRetry: true)

    private func isUsable(_ id: ChannelID) -> Bool {
        guard phase == .open, let channel = channels[id.number] else { return false }
        return channel.id == id && channel.phase == .open
    }

    private mutating func received(_ method: InboundMethod) throws(AMQPError) -> [ConnectionAction]
    {
        switch method {
        case .connectionClose(let code, let text):
            let error = AMQPError(.connectionClosed, text, replyCode: code)
            return [.send(.connectionCloseOK, on: 0)] + end(error)
        case .connectionCloseOK:
            guard case .closing = phase else { throw .outOfOrder("a reply nobody asked for") }
            return end(nil)
        case .connectionBlocked:
            isBlocked = true
            return [.blocked(true)]
        case .connectionUnblocked:
            isBlocked = false
            return [.blocked(false)]
        case .channelClose, .channelFlow, .deliver, .returned, .confirm, .consumerCancel, .reply:
            throw .outOfOrder("a channel method outside of a channel")
        case .unknown(let id):
            throw AMQPError(.protocolViolation, "The broker sent the unknown method \(id).")
        }
    }

    /// Lets a channel take a frame; one for a channel that is over is nobody's, and ignored.
    private mutating func withChannel(
        _ number: UInt16,
        _ take: (inout ChannelMachine) throws(AMQPError) -> [ConnectionAction]
    ) throws(AMQPError) -> [ConnectionAction] {
        guard phase == .open, let index = channels.index(forKey: number) else { return [] }
        let actions = try take(&channels.values[index])
        if channels.values[index].isOver { channels.remove(at: index) }
        return actions
    }

    private mutating func endChannels(_ error: AMQPError) -> [ConnectionAction] {
        var actions: [ConnectionAction] = []
        for number in channels.keys.sorted() { actions += channels[number]?.end(error) ?? [] }
        channels = [:]
        return actions
    }
}
