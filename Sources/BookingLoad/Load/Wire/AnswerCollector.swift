import NIOCore
import NIOHTTP1

/// Puts an answer together from the parts that the decoder reads.
struct AnswerCollector {
    /// What the request under way asks for.
    var resource = LoadResource.event
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()

    init() {}

    /// Takes the next part; returns the answer when this was its last.
    mutating func add(_ part: HTTPClientResponsePart) -> LoadAnswer? {
        switch part {
        case .head(let head):
            self.head = head
            body = ByteBuffer()
            return nil
        case .body(var chunk):
            // Nearly always the only one, and then nothing is copied.
            if body.readableBytes == 0 {
                body = chunk
            } else if body.readableBytes < LoadLimits.answerBytesMax {
                body.writeBuffer(&chunk)
            }
            return nil
        case .end:
            guard let head else { return nil }
            self.head = nil
            defer { body = ByteBuffer() }
            return LoadAnswer(
                status: Int(head.status.code), retryAfter: head.retryAfter, body: body,
                to: resource)
        }
    }
}

extension HTTPResponseHead {
    /// The pause the server asks for; looked up only where there may be one.
    fileprivate var retryAfter: TimeAmount? {
        switch status.code {
        case 200, 202, 429, 503:
            headers.first(name: "Retry-After").flatMap { Int64($0) }.map { .seconds(max($0, 0)) }
        default: nil
        }
    }
}
