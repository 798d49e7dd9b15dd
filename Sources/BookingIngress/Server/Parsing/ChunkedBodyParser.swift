import NIOCore

/// Reads a chunked body (RFC 9112, 7.1); extensions and trailers are read over, up to a bound.
struct ChunkedBodyParser: Sendable {
    private enum State {
        /// Before the line with a chunk's size.
        case size
        /// Within a chunk, of which so many bytes are still to come.
        case data(rest: Int)
        /// Behind a chunk's bytes, before the end of the line.
        case dataEnd
        /// Behind the last chunk.
        case trailers
    }

    private var state = State.size
    /// Bytes of extensions and trailers so far.
    private var overhead = 0

    /// Takes the next part off the bytes; `nil` when more must come first.
    mutating func next(
        from bytes: inout ByteBuffer
    ) throws(HTTPRefusal) -> HTTPRequestParser.Part? {
        while true {
            switch state {
            case .size:
                guard let line = try line(from: &bytes) else { return nil }
                let size = try size(line)
                state = size == 0 ? .trailers : .data(rest: size)
            case .data(let rest):
                guard let part = bytes.readSlice(length: min(rest, bytes.readableBytes)),
                    part.readableBytes > 0
                else { return nil }
                let left = rest - part.readableBytes
                state = left == 0 ? .dataEnd : .data(rest: left)
                return .body(part)
            case .dataEnd:
                guard bytes.readableBytes >= 2 else { return nil }
                guard bytes.readInteger() == ASCII.lineEnd else { throw .malformed }
                state = .size
            case .trailers:
                guard let line = try line(from: &bytes) else { return nil }
                if line.readableBytes == 0 { return .end }
                try checkTrailer(line)
            }
        }
    }

    /// A line without its end, which must be CR and LF.
    private mutating func line(from bytes: inout ByteBuffer) throws(HTTPRefusal) -> ByteBuffer? {
        let view = bytes.readableBytesView
        let limit = HTTPLimits.chunkOverheadBytesMax - overhead + HTTPLimits.chunkSizeDigitsMax + 2
        guard let end = view.prefix(limit).firstIndex(of: ASCII.lineFeed) else {
            if view.count >= limit { throw tooLong }
            return nil
        }
        let length = end - view.startIndex
        guard length > 0, view[end - 1] == ASCII.carriageReturn,
            let line = bytes.readSlice(length: length - 1)
        else { throw .malformed }
        bytes.moveReaderIndex(forwardBy: 2)
        return line
    }

    private var tooLong: HTTPRefusal {
        switch state {
        case .trailers: .headTooLarge
        case .size, .data, .dataEnd: .bodyTooLarge
        }
    }

    private mutating func size(_ line: ByteBuffer) throws(HTTPRefusal) -> Int {
        var size = 0
        var digits = 0
        let view = line.readableBytesView
        for byte in view {
            guard let value = ASCII.hexValue(byte) else { break }
            digits += 1
            guard digits <= HTTPLimits.chunkSizeDigitsMax else { throw .malformed }
            size = size << 4 | Int(value)
        }
        let ending = view.dropFirst(digits)
        guard digits > 0 else { throw .malformed }
        guard let first = ending.first else { return size }
        // Blanks between the size and an extension are a way to be read differently.
        guard first == ASCII.semicolon, ending.allSatisfy(ASCII.isFieldContent) else {
            throw .malformed
        }
        try count(ending.count)
        return size
    }

    private mutating func checkTrailer(_ line: ByteBuffer) throws(HTTPRefusal) {
        let name = line.readableBytesView.prefix(while: ASCII.isToken)
        let rest = line.readableBytesView.dropFirst(name.count)
        guard !name.isEmpty, rest.first == ASCII.colon, rest.allSatisfy(ASCII.isFieldContent)
        else { throw .malformed }
        try count(line.readableBytes + 2)
    }

    private mutating func count(_ bytes: Int) throws(HTTPRefusal) {
        overhead += bytes
        if overhead > HTTPLimits.chunkOverheadBytesMax { throw tooLong }
    }
}
