import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTP1
import Synchronization

extension HTTPRequest {
    /// A request's head as the parser has it, in the terms of the router; `nil` for a method that is none.
    init?(_ head: HTTPRequestHead) {
        guard let method = Method(head.method.rawValue) else { return nil }
        var fields = HTTPFields()
        fields.reserveCapacity(head.headers.count)
        var authority: String?
        for (name, value) in head.headers {
            guard let name = HTTPField.Name(name) else { continue }
            if name.canonicalName == "host" {
                authority = authority ?? value
            } else {
                fields.append(HTTPField(name: name, value: value))
            }
        }
        self.init(
            method: method, scheme: "http", authority: authority, path: head.uri,
            headerFields: fields)
    }
}

extension ByteBuffer {
    /// What is sent to a client that asks whether its body is welcome.
    static let continueResponse = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")

    /// A response as it is sent, in one piece; `crossOrigin` are the fields that go with it to pages of other
    /// origins.
    init(_ reply: Reply, closes: Bool, crossOrigin: ByteBuffer? = nil) {
        self.init()
        reserveCapacity(Self.headBytes + reply.body.readableBytes)
        writeStatusLine(reply.status)
        // These two have no body, and nothing is to be read into their having none.
        let isBodiless = reply.status == .notModified || reply.status == .noContent
        // Who was asked for the head only says how long the body would have been.
        let length = writeFields(reply.headers)
        reply.rateFields?.write(to: &self)
        if let crossOrigin { writeImmutableBuffer(crossOrigin) }
        if !isBodiless {
            writeStaticString("Content-Length: ")
            writeString(length ?? String(reply.body.readableBytes))
            writeStaticString("\r\n")
        }
        writeEndOfHead(closes: closes)
        if !isBodiless { writeImmutableBuffer(reply.body) }
    }

    /// The head of a response whose body follows piece by piece.
    init(
        streaming head: Reply, _ form: HTTPConnectionMachine.AnswerForm,
        crossOrigin: ByteBuffer? = nil
    ) {
        self.init()
        reserveCapacity(Self.headBytes)
        writeStatusLine(head.status)
        writeFields(head.headers)
        if let crossOrigin { writeImmutableBuffer(crossOrigin) }
        switch form.framing {
        case .chunked: writeStaticString("Transfer-Encoding: chunked\r\n")
        case .untilClosed: break
        }
        writeEndOfHead(closes: form.closes)
    }

    private mutating func writeStatusLine(_ status: HTTPResponse.Status) {
        writeStaticString("HTTP/1.1 ")
        writeString(String(status.code))
        writeStaticString(" ")
        writeString(status.reasonPhrase)
        writeStaticString("\r\n")
    }

    /// Writes all fields but the length, which it gives.
    @discardableResult
    private mutating func writeFields(_ fields: HTTPFields) -> String? {
        var length: String?
        for field in fields {
            guard field.name != .contentLength else {
                length = field.value
                continue
            }
            writeString(field.name.rawName)
            writeStaticString(": ")
            writeString(field.value)
            writeStaticString("\r\n")
        }
        return length
    }

    private mutating func writeEndOfHead(closes: Bool) {
        // What is JSON is nothing else, whatever a browser makes of its beginning.
        writeStaticString("X-Content-Type-Options: nosniff\r\nDate: ")
        writeString(HTTPDate.now())
        writeStaticString(closes ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n")
    }

    /// How much room the head of a response takes, mostly.
    private static let headBytes = 512
}

extension Response {
    /// The whole body.
    func collectBody() async -> ByteBuffer {
        let collector = BodyCollector()
        do { try await body.write(collector) } catch { return ByteBuffer() }
        return collector.bytes
    }
}

/// Puts the parts of a body together.
private final class BodyCollector: ResponseBodyWriter {
    var bytes = ByteBuffer()

    func write(_ buffer: ByteBuffer) { bytes.writeImmutableBuffer(buffer) }

    func finish(_ trailingHeaders: HTTPFields?) {}
}

/// The time as HTTP writes it (RFC 9110, 5.6.7), written once a second.
enum HTTPDate {
    private static let last = Mutex((second: time_t(0), text: ""))

    static func now() -> String {
        let second = time(nil)
        return last.withLock { last in
            if last.second != second { last = (second, text(of: second)) }
            return last.text
        }
    }

    /// Like "Sun, 06 Nov 1994 08:49:37 GMT".
    static func text(of second: time_t) -> String {
        var (second, parts) = (second, tm())
        gmtime_r(&second, &parts)
        return String(
            format: "%@, %02d %@ %d %02d:%02d:%02d GMT", days[Int(parts.tm_wday)], parts.tm_mday,
            months[Int(parts.tm_mon)], 1900 + parts.tm_year, parts.tm_hour, parts.tm_min,
            parts.tm_sec)
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
