import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import JSON
import ProblemDetails
import Testing

struct ProblemTests {
    private static func router() -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware())
        router.get("/things/:id") { _, _ in "thing" }
        router.post("/things") { _, _ -> Response in
            throw Problem(
                .unprocessableContent, "invalid-thing", "The thing is not right.",
                errors: [InvalidField(pointer: "/size", detail: "is missing")],
                members: [ProblemMember("thing", JSONValue.object(["size": .null]))],
                headers: [.retryAfter: "1"])
        }
        router.get("/broken") { _, _ -> Response in throw Secret() }
        router.get("/framework") { _, context -> Response in
            throw HTTPError(.badRequest, message: "the framework's word")
        }
        router.get("/framework-inside") { _, context -> Response in
            throw HTTPError(.badGateway, message: "secret inside")
        }
        router.post("/upload") { request, _ in
            _ = try await request.body.collect(upTo: 4)
            return "fine"
        }
        router.refuseOtherMethods()
        return router
    }

    private struct Secret: Error { let password = "hunter2" }

    private func answer(
        _ method: HTTPRequest.Method, _ path: String, body: ByteBuffer? = nil
    ) async throws -> (response: TestResponse, json: JSONValue?) {
        let application = Application(router: Self.router(), logger: Logger(label: "test"))
        return try await application.test(.router) { client in
            try await client.execute(uri: path, method: method, body: body) { response in
                let bytes = Array(response.body.readableBytesView)
                return (response, try? JSONValue(parsing: bytes))
            }
        }
    }

    @Test("a thrown problem is rendered with everything it has")
    func rendered() async throws {
        let (response, json) = try await answer(.post, "/things")
        #expect(response.status == .unprocessableContent)
        #expect(response.headers[.contentType] == "application/problem+json")
        #expect(response.headers[.retryAfter] == "1")
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(
            json
                == .object([
                    "type": .string("/problems/invalid-thing"), "title": .string("Invalid thing"),
                    "status": .integer(422), "detail": .string("The thing is not right."),
                    "errors": .array([
                        .object(["pointer": .string("/size"), "detail": .string("is missing")])
                    ]),
                    "thing": .object([JSONMember("size", .null)]),
                ]))
    }

    @Test(
        "the framework's own errors are problems too",
        arguments: [
            (HTTPRequest.Method.get, "/nowhere", 404, "/problems/not-found"),
            (.get, "/", 404, "/problems/not-found"),
            (.delete, "/things", 405, "/problems/method-not-allowed"),
            (.get, "/framework", 400, "/problems/bad-request"),
            (.get, "/framework-inside", 502, "/problems/status-502"),
            (.post, "/upload", 413, "/problems/content-too-large"),
        ])
    func framework(method: HTTPRequest.Method, path: String, status: Int, type: String) async throws
    {
        let body = method == .post ? ByteBuffer(string: "too much") : nil
        let (response, json) = try await answer(method, path, body: body)
        #expect(response.status.code == status)
        #expect(response.headers[.contentType] == "application/problem+json")
        #expect(json?["type"] == .string(type))
        #expect(json?["status"] == .integer(Int64(status)))
        #expect(json?["detail"]?.string?.contains("secret") == false)
    }

    @Test("a 405 tells which methods are allowed")
    func allowed() async throws {
        #expect(try await answer(.delete, "/things/7").response.headers[.allow] == "GET, HEAD")
        #expect(try await answer(.patch, "/things").response.headers[.allow] == "POST")
        let rare = try #require(HTTPRequest.Method("PROPFIND"))
        #expect(try await answer(rare, "/things").response.status == .methodNotAllowed)
    }

    @Test("an unknown error becomes a 500 that says nothing of it")
    func unknown() async throws {
        let (response, json) = try await answer(.get, "/broken")
        #expect(response.status == .internalServerError)
        #expect(json?["type"] == .string("/problems/internal-error"))
        #expect(!String(buffer: response.body).contains("hunter2"))
    }

    @Test("a HEAD is answered with the headers alone")
    func head() async throws {
        let (response, _) = try await answer(.head, "/nowhere")
        #expect(response.status == .notFound)
        #expect(response.body.readableBytes == 0)
        #expect(response.headers[.contentType] == "application/problem+json")
    }

    @Test("routes that refuse other methods do not clash")
    func validates() throws {
        try Self.router().validate()
    }
}
