import HTTPTypes
import Hummingbird
import ProblemDetails

extension Response {
    /// An answer in JSON; it is the asker's alone unless `headers` say how it may be cached.
    init(_ status: HTTPResponse.Status, _ json: JSONValue, headers: HTTPFields = [:]) {
        var headers = headers
        headers[.contentType] = "application/json"
        if !headers.contains(.cacheControl) { headers[.cacheControl] = "no-store" }
        self.init(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.rendered)))
    }
}
