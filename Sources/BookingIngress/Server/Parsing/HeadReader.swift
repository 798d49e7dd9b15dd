import NIOCore
import NIOHTTP1

/// Reads the lines of a head whose end is known, from the first to the empty one.
struct HeadReader {
    private let bytes: ByteBuffer
    /// How many bytes the head has, its empty line included.
    private let length: Int
    /// The place of the next byte to be read.
    private var place = 0
    private var fields: [(String, String)] = []
    private var meaning = FieldMeaning()

    /// Most heads have no more fields.
    private static let fieldsMostly = 12
    private static let version = Array("HTTP/".utf8)
    /// `HTTP/1.1`, CR and LF.
    private static let versionBytes = 10

    private init(_ bytes: ByteBuffer, length: Int) {
        self.bytes = bytes
        self.length = length
        fields.reserveCapacity(Self.fieldsMostly)
    }

    /// The head in the first `length` bytes, which end with an empty line.
    static func read(_ bytes: ByteBuffer, length: Int) throws(HTTPRefusal) -> ParsedHead {
        var reader = HeadReader(bytes, length: length)
        return try reader.read()
    }

    private mutating func read() throws(HTTPRefusal) -> ParsedHead {
        let (method, target, version) = try requestLine()
        while place < length - 2 { try field() }
        let uri = try RequestTarget.normalized(target, for: method)
        try meaning.checkHost(required: version == .http1_1)
        let framing = try meaning.framing(in: version)
        let head = HTTPRequestHead(
            version: version, method: method, uri: uri, headers: HTTPHeaders(fields))
        return ParsedHead(
            head: head, framing: framing,
            expectsContinue: meaning.expectsContinue && version == .http1_1,
            isLast: meaning.closes || version != .http1_1,
            hasContentCoding: meaning.hasContentCoding)
    }

    // MARK: - Lines

    private mutating func requestLine() throws(HTTPRefusal) -> (HTTPMethod, String, HTTPVersion) {
        let methodEnd = try end(of: ASCII.isToken, from: 0, followedBy: ASCII.space)
        let method = text(from: 0, to: methodEnd)
        let start = methodEnd + 1
        let end = try end(of: RequestTarget.isAllowed, from: start, followedBy: ASCII.space)
        guard end - start <= HTTPLimits.targetBytesMax else { throw .targetTooLong }
        let version = try version(at: end + 1)
        place = end + 1 + Self.versionBytes
        return (HTTPMethod(rawValue: method), text(from: start, to: end), version)
    }

    /// Reads `HTTP/1.1` and the end of the line.
    private func version(at place: Int) throws(HTTPRefusal) -> HTTPVersion {
        let span = bytes.readableBytesUInt8Span
        // The head's own end comes after that of the line.
        guard length - place >= Self.versionBytes + 2, span[place + 8] == ASCII.carriageReturn,
            span[place + 9] == ASCII.lineFeed, span[place + 6] == UInt8(ascii: "."),
            ASCII.isDigit(span[place + 5]), ASCII.isDigit(span[place + 7])
        else { throw .malformed }
        for (offset, byte) in Self.version.enumerated() where span[place + offset] != byte {
            throw .malformed
        }
        switch (span[place + 5] - 0x30, span[place + 7] - 0x30) {
        case (1, 0): return .http1_0
        // A later one of the same kind is read as the one that is known (RFC 9110, 2.5).
        case (1, _): return .http1_1
        case (2, 0), (3, 0): throw .unsupportedVersion
        default: throw .malformed
        }
    }

    private mutating func field() throws(HTTPRefusal) {
        guard fields.count < HTTPLimits.fieldsMax else { throw .headTooLarge }
        // Neither blanks before the colon nor lines that begin with blanks: those were folded once.
        let nameEnd = try end(of: ASCII.isToken, from: place, followedBy: ASCII.colon)
        let name = text(from: place, to: nameEnd)
        let (start, end, next) = try value(at: nameEnd + 1)
        let value = text(from: start, to: end)
        place = next
        try meaning.take(name, value)
        fields.append((name, value))
    }

    /// Where a value lies without the blanks around it, and where the next line begins.
    private func value(at start: Int) throws(HTTPRefusal) -> (Int, Int, Int) {
        let span = bytes.readableBytesUInt8Span
        var start = start
        while ASCII.isBlank(span[start]) { start += 1 }
        var end = start
        // Eight bytes at a time at first: a token has hundreds.
        // SAFETY: any eight bytes are a number.
        while length - end >= 8,
            ASCII.areVisible(span.bytes.unsafeLoadUnaligned(fromByteOffset: end, as: UInt64.self))
        {
            end += 8
        }
        while ASCII.isFieldContent(span[end]) { end += 1 }
        guard span[end] == ASCII.carriageReturn, span[end + 1] == ASCII.lineFeed else {
            throw .malformed
        }
        let next = end + 2
        while end > start, ASCII.isBlank(span[end - 1]) { end -= 1 }
        return (start, end, next)
    }

    /// Where bytes of a kind end; there must be some, and that byte behind them.
    @inline(__always)
    private func end(
        of isAllowed: (UInt8) -> Bool, from start: Int, followedBy next: UInt8
    ) throws(HTTPRefusal) -> Int {
        let span = bytes.readableBytesUInt8Span
        var end = start
        // The line ends within the head, and its end is of no such kind.
        while isAllowed(span[end]) { end += 1 }
        guard end > start, span[end] == next else { throw .malformed }
        return end
    }

    private func text(from start: Int, to end: Int) -> String {
        bytes.getString(at: bytes.readerIndex + start, length: end - start) ?? ""
    }
}
