/// Puts a message together from its method, header and body frames, as they come on one channel.
///
/// `idle` moves to `awaitingHeader` with a method that announces content, that to `awaitingBody`
/// with the header (or back to `idle` when the body is empty), and that to `idle` with the last
/// body frame. Anything else violates the protocol.
struct ContentAssembly {
    /// Whose content it is.
    enum Head: Equatable {
        case delivery(DeliveryHead)
        case returned(ReturnHead)
    }

    /// A message put together.
    struct Message: Equatable {
        var head: Head
        var properties: AMQPProperties
        var body: [UInt8]
    }

    private enum State {
        case idle
        case awaitingHeader(Head)
        case awaitingBody(Head, AMQPProperties, bytes: Int, soFar: [UInt8])
    }

    private var state = State.idle

    /// Whether a message is under way, so that no method may come in between.
    var isUnderWay: Bool {
        if case .idle = state { false } else { true }
    }

    mutating func begin(_ head: Head) throws(AMQPError) {
        guard !isUnderWay else { throw .outOfOrder("a method within a message") }
        state = .awaitingHeader(head)
    }

    mutating func header(
        bodyBytes: UInt64, _ properties: AMQPProperties
    ) throws(AMQPError) -> Message? {
        guard case .awaitingHeader(let head) = state else {
            throw .outOfOrder("a content header without its method")
        }
        guard bodyBytes <= UInt64(AMQPLimits.deliveryBodyBytesMax) else {
            throw AMQPError(.protocolViolation, "A body of \(bodyBytes) bytes is above the limit.")
        }
        if bodyBytes == 0 {
            state = .idle
            return Message(head: head, properties: properties, body: [])
        }
        state = .awaitingBody(head, properties, bytes: Int(bodyBytes), soFar: [])
        return nil
    }

    mutating func body(_ fragment: [UInt8]) throws(AMQPError) -> Message? {
        guard case .awaitingBody(let head, let properties, let bytes, var body) = state else {
            throw .outOfOrder("a body frame without its header")
        }
        // Drops the other reference to the bytes so far, which would make the append copy them.
        state = .idle
        guard fragment.count <= bytes - body.count else {
            throw .outOfOrder("a body longer than announced")
        }
        if body.isEmpty && fragment.count == bytes {
            body = fragment
        } else {
            body.reserveCapacity(bytes)
            body += fragment
        }
        if body.count == bytes {
            return Message(head: head, properties: properties, body: body)
        }
        state = .awaitingBody(head, properties, bytes: bytes, soFar: body)
        return nil
    }
}

extension AMQPError {
    static func outOfOrder(_ what: String) -> AMQPError {
        AMQPError(.protocolViolation, "The broker sent \(what).")
    }
}
