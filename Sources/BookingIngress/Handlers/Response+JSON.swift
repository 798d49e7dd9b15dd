import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import ProblemDetails

/// A response whose body is there as a whole.
struct Reply: Sendable {
    let status: HTTPResponse.Status
    var headers: HTTPFields
    var body: ByteBuffer
    /// What is said of the budgets that the request drew on, besides ``headers``.
    var rateFields: RateFields?
}

extension Reply {
    /// An answer in JSON; it is the asker's alone unless `headers` say how it may be cached.
    init(
        _ status: HTTPResponse.Status, _ json: some JSONWritable, headers: HTTPFields = [:]
    ) {
        self.init(status, json: ByteBuffer(bytes: json.rendered), headers: headers)
    }

    /// An answer of which the JSON is written already.
    init(_ status: HTTPResponse.Status, json: ByteBuffer, headers: HTTPFields = [:]) {
        self.init(status: status, headers: headers, body: json)
        self.headers[.contentType] = "application/json"
        if !headers.contains(.cacheControl) { self.headers[.cacheControl] = "no-store" }
    }

    init(_ problem: Problem) {
        self.init(
            status: problem.status, headers: problem.responseHeaders,
            body: ByteBuffer(bytes: problem.rendered))
    }
}

extension Response {
    init(_ reply: Reply) {
        self.init(
            status: reply.status, headers: reply.headers, body: ResponseBody(byteBuffer: reply.body)
        )
    }

    /// An answer in JSON; it is the asker's alone unless `headers` say how it may be cached.
    init(
        _ status: HTTPResponse.Status, _ json: some JSONWritable, headers: HTTPFields = [:]
    ) {
        self.init(Reply(status, json, headers: headers))
    }

    /// An answer of which the JSON is written already.
    init(_ status: HTTPResponse.Status, json: ByteBuffer, headers: HTTPFields = [:]) {
        self.init(Reply(status, json: json, headers: headers))
    }
}
