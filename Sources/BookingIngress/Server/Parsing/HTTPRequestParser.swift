import NIOCore
import NIOHTTP1

/// Reads requests from the bytes of a connection, as RFC 9112 has them and nothing else.
///
/// It is stricter than parsers that are made for everything: what two readers could understand differently
/// (lines that end in LF alone, two lengths, a length and chunks, folded fields) is refused, since one of the
/// readers may be a proxy in front. `Upgrade` means nothing to it.
struct HTTPRequestParser: Sendable {
    /// What comes of the bytes.
    enum Part: Sendable {
        case head(ParsedHead)
        case body(ByteBuffer)
        case end
    }

    private enum State {
        /// Before a head, or within one, of which so many bytes have been searched for its end.
        case head(searched: Int)
        /// Within a body of which so many bytes are still to come.
        case body(rest: Int)
        /// Within a chunked body.
        case chunks(ChunkedBodyParser)
    }

    private var state = State.head(searched: 0)
    /// Bytes of empty lines since the last request.
    private var emptyBytes = 0

    /// Whether a request's head is complete and its end has not come.
    var isWithinBody: Bool {
        switch state {
        case .head: false
        case .body, .chunks: true
        }
    }

    /// Takes the next part off the bytes; `nil` when more must come first.
    ///
    /// Nothing can be read any more after it has thrown.
    mutating func next(from bytes: inout ByteBuffer) throws(HTTPRefusal) -> Part? {
        switch state {
        case .head(let searched): return try nextHead(from: &bytes, searched: searched)
        case .body(let rest):
            guard rest > 0 else {
                state = .head(searched: 0)
                return .end
            }
            guard let part = bytes.readSlice(length: min(rest, bytes.readableBytes)),
                part.readableBytes > 0
            else { return nil }
            state = .body(rest: rest - part.readableBytes)
            return .body(part)
        case .chunks(var chunks):
            let part = try chunks.next(from: &bytes)
            if case .end? = part {
                state = .head(searched: 0)
            } else {
                state = .chunks(chunks)
            }
            return part
        }
    }

    private mutating func nextHead(
        from bytes: inout ByteBuffer, searched: Int
    ) throws(HTTPRefusal) -> Part? {
        var searched = searched
        if searched == 0 {
            emptyBytes += bytes.skipEmptyLines()
            guard emptyBytes <= HTTPLimits.headBytesMax else { throw .headTooLarge }
            guard let first = bytes.firstByte else { return nil }
            if !ASCII.isToken(first) {
                // Half of an empty line, or another protocol (mostly TLS), whose heads have no end.
                guard first == ASCII.carriageReturn, bytes.readableBytes == 1 else {
                    throw .malformed
                }
                return nil
            }
        }
        let end = try bytes.endOfHead(searched: &searched)
        guard let end else {
            state = .head(searched: searched)
            if bytes.readableBytes > HTTPLimits.headBytesMax { throw bytes.excess }
            return nil
        }
        guard end <= HTTPLimits.headBytesMax else { throw bytes.excess }
        let head = try HeadReader.read(bytes, length: end)
        bytes.moveReaderIndex(forwardBy: end)
        emptyBytes = 0
        switch head.framing {
        case .length(let length): state = .body(rest: length)
        case .chunked: state = .chunks(ChunkedBodyParser())
        }
        return .head(head)
    }
}

extension ByteBuffer {
    fileprivate var firstByte: UInt8? { getInteger(at: readerIndex) }

    /// Drops empty lines before a request, which some clients send behind a body (RFC 9112, 2.2); gives how
    /// many bytes these were.
    fileprivate mutating func skipEmptyLines() -> Int {
        let start = readerIndex
        while readableBytes >= 2, getInteger(at: readerIndex) == ASCII.lineEnd {
            moveReaderIndex(forwardBy: 2)
        }
        return readerIndex - start
    }

    /// How many bytes a head has, its empty line included; `nil` when its end has not come.
    ///
    /// `searched` bytes of it were looked at before, and were no end.
    fileprivate func endOfHead(searched: inout Int) throws(HTTPRefusal) -> Int? {
        let view = readableBytesView
        let limit = Swift.min(view.count, HTTPLimits.headBytesMax + 1)
        var rest = view.dropFirst(Swift.min(searched, limit)).prefix(limit - searched)
        while let index = rest.firstIndex(of: ASCII.lineFeed) {
            let place = index - view.startIndex
            guard place > 0, view[index - 1] == ASCII.carriageReturn else { throw .malformed }
            if place >= 3, view[index - 2] == ASCII.lineFeed { return place + 1 }
            rest = rest[(index + 1)...]
        }
        searched = limit
        return nil
    }

    /// What a head that is too large has too much of.
    fileprivate var excess: HTTPRefusal {
        let target = readableBytesView.drop { $0 != ASCII.space }.dropFirst()
            .prefix(HTTPLimits.targetBytesMax + 1)
        let isTarget = target.allSatisfy { $0 > ASCII.space }
        return isTarget && target.count > HTTPLimits.targetBytesMax ? .targetTooLong : .headTooLarge
    }
}
