import NIOCore
import NIOHTTP1

/// The state of one HTTP/1.1 connection, as a value: events go in, actions come out, and nothing is done here.
///
/// After each event the connection performs ``proceed(at:)``'s actions until it is told to wait. Requests are
/// taken one after the other: the next when the answer to the last is written and the client takes its
/// answers.
struct HTTPConnectionMachine: Sendable {
    /// What is to be done.
    enum Action: Sendable {
        /// Nothing, until something happens.
        case wait
        /// Tell the client that its body is welcome.
        case welcomeBody
        /// Have the request answered, and call ``answered(isStream:bytes:at:)`` with what comes of it.
        case answer(HTTPRequestHead, ByteBuffer)
        /// Write a problem, with the head of what is refused if it is known; the machine counts it as written.
        case refuse(HTTPRefusal, HTTPRequestHead?, closes: Bool)
        /// End the output, once all is sent, and call ``outputEnded(at:)`` then.
        case closeOutput
        /// Call ``outputEnded(at:)`` once all is sent: the client has ended its side.
        case flush
        /// Close the connection, whatever is not sent yet.
        case close
    }

    /// How an answer is to be written.
    struct AnswerForm: Equatable, Sendable {
        /// How a stream's end is told.
        enum Framing: Equatable, Sendable { case chunked, untilClosed }

        /// It is the connection's last.
        let closes: Bool
        /// The request was for the head alone.
        let omitsBody: Bool
        let framing: Framing
    }

    /// A request of which the head is here.
    struct Incoming: Sendable {
        let head: HTTPRequestHead
        let since: NIODeadline
        let bodyBytesMax: Int
        var body = ByteBuffer()
    }

    enum State: Sendable {
        /// No byte of the next request is here. To: `head`, `closed`.
        case idle(since: NIODeadline)
        /// A part of a head is here. To: `body`, `draining`, `ended`, `closed`.
        case head(since: NIODeadline)
        /// The head is here, the body perhaps not. To: `answering`, `draining`, `ended`, `closed`.
        case body(Incoming)
        /// The request is refused, and what follows of it is dropped. To: `idle`, `ended`, `closed`.
        case draining(since: NIODeadline, bytes: Int)
        /// The request is here as a whole. To: `idle`, `streaming`, `ended`, `closed`.
        case answering(isHead: Bool, version: HTTPVersion)
        /// The answer is written piece by piece. To: `idle`, `ended`, `closed`.
        case streaming(AnswerForm, isEnding: Bool)
        /// The last answer is written. To: `flushing`.
        case ended
        /// The client has so long to take what is written. To: `lingering`, `closed`.
        case flushing(until: NIODeadline)
        /// All is sent, and the client has so long to end its side. To: `closed`.
        case lingering(until: NIODeadline, bytes: Int)
        case closed
    }

    let limits: ConnectionLimits
    var state: State
    var parser = HTTPRequestParser()
    /// What has come and was not read yet.
    var bytes = ByteBuffer()
    /// The client sends nothing any more.
    var inputHasEnded = false
    /// The next answer is the last.
    var isLast = false
    /// How many answers before this one, without another between them, said that a budget is spent.
    var limitedInARow = 0
    /// A request's head has been here.
    var hasBeenUsed = false
    /// When a client that takes nothing is given up; `nil` as long as it takes its answers.
    var stalledUntil: NIODeadline?
    /// The bytes of the last answer.
    var writtenBytes = 0

    init(limits: ConnectionLimits, at now: NIODeadline) {
        self.limits = limits
        state = .idle(since: now)
    }

    /// Whether the connection would read on.
    var wantsBytes: Bool {
        switch state {
        case .idle, .head: stalledUntil == nil
        case .body, .draining, .lingering: true
        // One piece is taken early; the client may not get farther ahead.
        case .answering, .streaming: bytes.readableBytes == 0 && stalledUntil == nil
        case .ended, .flushing, .closed: false
        }
    }

    /// When the connection has waited long enough.
    var deadline: ConnectionDeadline {
        var deadline = stateDeadline
        if let stalledUntil {
            deadline.time = min(deadline.time, stalledUntil)
            deadline.whenCrowded = min(deadline.whenCrowded, stalledUntil)
        }
        return deadline
    }

    private var stateDeadline: ConnectionDeadline {
        switch state {
        case .idle(let since) where hasBeenUsed:
            ConnectionDeadline(since + limits.idle, whenCrowded: since + limits.idleWhenCrowded)
        case .idle(let since):
            ConnectionDeadline(
                since + min(limits.first, limits.idle),
                whenCrowded: since + limits.firstWhenCrowded)
        case .head(let since) where !hasBeenUsed:
            ConnectionDeadline(since + limits.request, whenCrowded: since + limits.firstWhenCrowded)
        case .head(let since): ConnectionDeadline(since + limits.request)
        case .body(let incoming): ConnectionDeadline(incoming.since + limits.request)
        case .draining(let since, _): ConnectionDeadline(since + limits.request)
        case .flushing(let until), .lingering(let until, _): ConnectionDeadline(until)
        case .answering, .streaming, .ended, .closed: .none
        }
    }
}

// MARK: - Events

extension HTTPConnectionMachine {
    /// Bytes have come.
    mutating func received(_ more: ByteBuffer) {
        switch state {
        case .idle, .head, .body, .draining, .answering, .streaming:
            if bytes.readableBytes == 0 { bytes = more } else { bytes.writeImmutableBuffer(more) }
            // More than may wait is read only together with the end of the client's side.
            if isWaiting, bytes.readableBytes > HTTPLimits.waitingBytesMax { state = .closed }
        case .lingering(let until, let count):
            let count = count + more.readableBytes
            state =
                count > HTTPLimits.drainedBytesMax
                ? .closed : .lingering(until: until, bytes: count)
        case .flushing, .ended, .closed: break
        }
    }

    /// The client has ended its side.
    ///
    /// It may still take answers to what it sent before.
    mutating func inputEnded() {
        inputHasEnded = true
        switch state {
        case .lingering: state = .closed
        case .streaming(let form, _): state = .streaming(form, isEnding: true)
        case .idle, .head, .body, .draining, .answering, .ended, .flushing, .closed: break
        }
    }

    /// Whether what comes is kept, not read.
    private var isWaiting: Bool {
        switch state {
        case .answering, .streaming: true
        case .idle, .head: stalledUntil != nil
        case .body, .draining, .ended, .flushing, .lingering, .closed: false
        }
    }

    /// The connection is closed.
    mutating func channelEnded() { state = .closed }

    /// The service stops: the answer at work is the last.
    mutating func quiesce() {
        isLast = true
        switch state {
        case .idle, .head: state = stalledUntil == nil ? .closed : .ended
        case .draining: state = .ended
        case .streaming(let form, _): state = .streaming(form, isEnding: true)
        case .body, .answering, .ended, .flushing, .lingering, .closed: break
        }
    }

    /// The client takes its answers again, or has so many bytes waiting that it must take some first.
    mutating func writabilityChanged(to isWritable: Bool, at now: NIODeadline) {
        stalledUntil = isWritable ? nil : now + limits.taking(writtenBytes)
    }

    /// The answer to the request at hand is there, with so many bytes; `nil` when nobody wants it any more.
    ///
    /// `isLimited` tells that it refuses the request since a budget is spent. Whoever goes on regardless loses
    /// the connection, so that requests can come no faster than connections.
    mutating func answered(
        isStream: Bool, isLimited: Bool = false, bytes count: Int, at now: NIODeadline
    ) -> AnswerForm? {
        guard case .answering(let isHead, let version) = state else { return nil }
        limitedInARow = isLimited ? limitedInARow + 1 : 0
        if limitedInARow >= HTTPLimits.limitedInARowMax { isLast = true }
        // What the client sent before it ended its side is answered still.
        if inputHasEnded, bytes.readableBytes == 0 { isLast = true }
        let isUnframed = isStream && !isHead && version != .http1_1
        if isUnframed { isLast = true }
        writtenBytes = count
        let form = AnswerForm(
            closes: isLast, omitsBody: isHead, framing: isUnframed ? .untilClosed : .chunked)
        if isStream, !isHead {
            state = .streaming(form, isEnding: inputHasEnded)
        } else {
            next(at: now)
        }
        return form
    }

    /// So many bytes of a stream are about to be written; `nil` when there is no stream any more.
    mutating func streamed(_ count: Int) -> AnswerForm? {
        guard case .streaming(let form, _) = state else { return nil }
        writtenBytes = count
        return form
    }

    /// Whether a stream should come to its end.
    var isEndingStream: Bool {
        guard case .streaming(_, let isEnding) = state else { return false }
        return isEnding
    }

    /// The stream is over; gives how its end is told, unless the client must see that it is not complete.
    mutating func streamEnded(isComplete: Bool, at now: NIODeadline) -> AnswerForm? {
        guard case .streaming(let form, let isEnding) = state else { return nil }
        guard isComplete || isEnding else {
            state = .closed
            return nil
        }
        if inputHasEnded, bytes.readableBytes == 0 { isLast = true }
        writtenBytes = 0
        next(at: now)
        return form
    }

    /// All is sent, and the output ended.
    mutating func outputEnded(at now: NIODeadline) {
        guard case .flushing = state else { return }
        state = inputHasEnded ? .closed : .lingering(until: now + limits.lingering, bytes: 0)
    }

    /// Time has passed; gives what follows from that.
    mutating func timePassed(at now: NIODeadline, isCrowded: Bool) -> Action {
        let deadline = deadline
        guard now >= (isCrowded ? deadline.whenCrowded : deadline.time) else { return .wait }
        if let stalledUntil, now >= stalledUntil { return close() }
        switch state {
        case .head: return refuse(.slow, nil, at: now)
        case .body(let incoming): return refuse(.slow, incoming.head, at: now)
        case .draining:
            state = .ended
            return proceed(at: now)
        case .idle, .answering, .streaming, .ended, .flushing, .lingering, .closed: return close()
        }
    }

    /// Goes on to the next request after an answer.
    mutating func next(at now: NIODeadline) {
        state = isLast ? .ended : .idle(since: now)
    }

    private mutating func close() -> Action {
        state = .closed
        return .close
    }
}
