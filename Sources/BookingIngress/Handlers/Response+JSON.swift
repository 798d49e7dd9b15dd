import HTTPTypes
import Hummingbird
import JSON

extension Response {
    /// An answer in JSON; it is the asker's alone unless `headers` say how it may be cached.
    init(
        _ status: HTTPResponse.Status, _ json: some JSONWritable, headers: HTTPFields = [:]
    ) {
        self.init(status, json: ByteBuffer(bytes: json.rendered), headers: headers)
    }

    /// An answer of which the JSON is written already.
    init(_ status: HTTPResponse.Status, json: ByteBuffer, headers: HTTPFields = [:]) {
        var headers = headers
        headers[.contentType] = "application/json"
        if !headers.contains(.cacheControl) { headers[.cacheControl] = "no-store" }
        self.init(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: json))
    }
}
