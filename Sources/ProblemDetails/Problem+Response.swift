import HTTPTypes
package import Hummingbird
package import JSON

extension Problem {
    /// The media type of problems.
    package static let mediaType = "application/problem+json"

    /// The problem as a response.
    package var response: Response {
        Response(
            status: status, headers: responseHeaders,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: rendered)))
    }

    /// The headers that the response carries, but for the length of its body.
    package var responseHeaders: HTTPFields {
        var headers = headers
        headers[.contentType] = Self.mediaType
        if !headers.contains(.cacheControl) { headers[.cacheControl] = "no-store" }
        return headers
    }
}

/// So the framework, too, knows how to answer with a problem, wherever it meets one.
extension Problem: HTTPResponseError {
    package func response(from request: Request, context: some RequestContext) -> Response {
        response
    }
}

extension Problem: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("type")
            writer.string("/problems/\(slug)")
            writer.name("title")
            writer.string(title)
            writer.name("status")
            writer.integer(status.code)
            writer.name("detail")
            writer.string(detail)
            if !errors.isEmpty {
                writer.name("errors")
                writer.array { writer in
                    for field in errors {
                        writer.object { writer in
                            writer.name("pointer")
                            writer.string(field.pointer)
                            writer.name("detail")
                            writer.string(field.detail)
                        }
                    }
                }
            }
            for member in members {
                writer.name(member.name)
                writer.raw(member.json[...])
            }
        }
    }
}
