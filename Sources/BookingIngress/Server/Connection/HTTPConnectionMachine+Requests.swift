import NIOCore
import NIOHTTP1
import ProblemDetails

extension HTTPConnectionMachine {
    /// What is to be done now; call it until it says to wait.
    mutating func proceed(at now: NIODeadline) -> Action {
        // Nothing is kept of what has been read: most connections only wait.
        defer { if bytes.readableBytes == 0 { bytes = ByteBuffer() } }
        switch state {
        case .idle, .head:
            guard stalledUntil == nil else { return .wait }
            return readHead(at: now)
        case .body(let incoming):
            // Kept in one place, so that it can grow without being copied.
            state = .closed
            return readBody(of: incoming, at: now)
        case .draining(let since, let count): return drain(since, count, at: now)
        case .ended:
            bytes = ByteBuffer()
            state = .flushing(until: now + limits.taking(writtenBytes))
            return inputHasEnded ? .flush : .closeOutput
        case .closed: return .close
        case .answering, .streaming, .flushing, .lingering: return .wait
        }
    }

    private mutating func readHead(at now: NIODeadline) -> Action {
        let part: HTTPRequestParser.Part?
        do { part = try parser.next(from: &bytes) } catch { return refuse(error, nil, at: now) }
        switch part {
        case .head(let head)?: return take(head, at: now)
        case .body?, .end?, nil:
            if inputHasEnded { return end(at: now) }
            if bytes.readableBytes > 0, case .idle = state { state = .head(since: now) }
            return .wait
        }
    }

    private mutating func take(_ parsed: ParsedHead, at now: NIODeadline) -> Action {
        hasBeenUsed = true
        if parsed.isLast { isLast = true }
        let incoming = Incoming(
            head: parsed.head, since: since(now),
            bodyBytesMax: parsed.bodyBytesMax)
        if let refusal = parsed.refusal(bodyBytesMax: incoming.bodyBytesMax) {
            // Whether a client that waits to be welcomed still sends its body, nobody knows.
            return refuse(refusal, parsed, since: incoming.since, at: now)
        }
        state = .body(incoming)
        if parsed.expectsContinue, parsed.hasBody { return .welcomeBody }
        return proceed(at: now)
    }

    /// When the first byte of the request at hand came.
    private func since(_ now: NIODeadline) -> NIODeadline {
        switch state {
        case .head(let since), .draining(let since, _): since
        case .body(let incoming): incoming.since
        case .idle, .answering, .streaming, .ended, .flushing, .lingering, .closed: now
        }
    }

    private mutating func readBody(of incoming: Incoming, at now: NIODeadline) -> Action {
        var incoming = incoming
        let head = incoming.head
        do {
            while let part = try parser.next(from: &bytes) {
                switch part {
                case .head: break
                case .body(let more):
                    if incoming.body.readableBytes == 0 {
                        incoming.body = more
                    } else {
                        incoming.body.writeImmutableBuffer(more)
                    }
                    if incoming.body.readableBytes > incoming.bodyBytesMax {
                        if isLast { return refuse(.bodyTooLarge, head, at: now) }
                        state = .draining(since: incoming.since, bytes: 0)
                        return .refuse(.bodyTooLarge, head, closes: false)
                    }
                case .end:
                    state = .answering(isHead: head.method == .HEAD, version: head.version)
                    return .answer(head, incoming.body)
                }
            }
        } catch { return refuse(error, head, at: now) }
        if inputHasEnded { return end(at: now) }
        state = .body(incoming)
        return .wait
    }

    /// Reads what is left of a refused request, up to a bound: chunks may be many bytes around few.
    private mutating func drain(_ since: NIODeadline, _ count: Int, at now: NIODeadline) -> Action {
        let before = bytes.readableBytes
        let isWhole: Bool
        do { isWhole = try drainParts() } catch {
            state = .ended
            return proceed(at: now)
        }
        let count = count + before - bytes.readableBytes
        if isWhole {
            next(at: now)
        } else if count > HTTPLimits.drainedBytesMax {
            state = .ended
        } else {
            state = .draining(since: since, bytes: count)
            return inputHasEnded ? end(at: now) : .wait
        }
        return proceed(at: now)
    }

    /// Drops what is here of a request; tells whether that was its end.
    private mutating func drainParts() throws(HTTPRefusal) -> Bool {
        while let part = try parser.next(from: &bytes) {
            switch part {
            case .end: return true
            case .head, .body: continue
            }
        }
        return false
    }

    /// The client has ended its side, and all that it sent is answered.
    private mutating func end(at now: NIODeadline) -> Action {
        bytes = ByteBuffer()
        state = .flushing(until: now + limits.taking(writtenBytes))
        return .flush
    }

    /// Refuses what is no request, or is given up; nobody knows what comes behind it.
    mutating func refuse(
        _ refusal: HTTPRefusal, _ head: HTTPRequestHead?, at now: NIODeadline
    ) -> Action {
        isLast = true
        state = .ended
        return .refuse(refusal, head, closes: true)
    }

    /// Refuses a request that is understood; the next may follow, unless its body is too much to be read.
    private mutating func refuse(
        _ refusal: HTTPRefusal, _ parsed: ParsedHead, since: NIODeadline, at now: NIODeadline
    ) -> Action {
        if !refusal.keepsFraming || parsed.expectsContinue || parsed.isTooMuchToDrain || isLast {
            return refuse(refusal, parsed.head, at: now)
        }
        state = .draining(since: since, bytes: 0)
        return .refuse(refusal, parsed.head, closes: false)
    }
}

extension ParsedHead {
    /// The most bytes of the body; which call it is for is of no interest to one that fits anyway.
    fileprivate var bodyBytesMax: Int {
        switch framing {
        case .length(let length) where length <= HTTPLimits.bodyBytesMax: HTTPLimits.bodyBytesMax
        case .length, .chunked: HTTPLimits.bodyBytesMax(head.method, head.uri)
        }
    }

    fileprivate var hasBody: Bool { framing != .length(0) }

    fileprivate var isTooMuchToDrain: Bool {
        switch framing {
        case .length(let length): length > HTTPLimits.drainedBytesMax
        case .chunked: false
        }
    }

    /// Why no route may see the request.
    fileprivate func refusal(bodyBytesMax: Int) -> HTTPRefusal? {
        if !HTTPMethods.exists(head.method.rawValue) { return .unknownMethod }
        switch framing {
        case .length(let length) where length > bodyBytesMax: return .bodyTooLarge
        case .length, .chunked: return hasContentCoding && hasBody ? .unsupportedContentCoding : nil
        }
    }
}
