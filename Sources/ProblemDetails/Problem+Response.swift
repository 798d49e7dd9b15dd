import HTTPTypes
package import Hummingbird

extension Problem {
    /// The media type of problems.
    package static let mediaType = "application/problem+json"

    /// The problem as JSON.
    package var json: JSONValue {
        var all = [
            JSONMember("type", .string("/problems/\(slug)")),
            JSONMember("title", .string(title)),
            JSONMember("status", .integer(Int64(status.code))),
            JSONMember("detail", .string(detail)),
        ]
        if !errors.isEmpty {
            let fields = errors.map { field in
                JSONValue.object([
                    "pointer": .string(field.pointer), "detail": .string(field.detail),
                ])
            }
            all.append(JSONMember("errors", .array(fields)))
        }
        return .object(all + members)
    }

    /// The problem as a response.
    package var response: Response {
        var headers = headers
        headers[.contentType] = Self.mediaType
        if !headers.contains(.cacheControl) { headers[.cacheControl] = "no-store" }
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.rendered)))
    }
}

/// So the framework, too, knows how to answer with a problem, wherever it meets one.
extension Problem: HTTPResponseError {
    package func response(from request: Request, context: some RequestContext) -> Response {
        response
    }
}
