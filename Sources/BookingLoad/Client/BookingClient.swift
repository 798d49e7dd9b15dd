package import Logging
import AsyncHTTPClient
import FoundationEssentials
import NIOCore
package import NIOHTTP1

/// A client of the public API, over one or more ingress instances.
///
/// It knows the calls and reads the answers; it neither retries nor judges.
package struct BookingClient: Sendable {
    /// Base addresses without a slash at the end.
    package let urls: [String]
    private let http: HTTPClient
    private let logger: Logger

    /// Runs `body` with a client that keeps up to `connections` connections to each instance.
    package static func withClient<Result>(
        urls: [String], connections: Int, logger: Logger,
        _ body: (BookingClient) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(2)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        configuration.connectionPool.retryConnectionEstablishment = false
        return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            let urls = urls.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
            return try await body(BookingClient(urls: urls, http: http, logger: logger))
        }
    }

    /// Sends one request to the instance at `instance`, counted round robin over ``urls``.
    ///
    /// Clients of different numbers, given as `client`, come from different addresses, where that can be.
    /// Throws ``LoadError`` `.unreachable` when no whole answer came within `timeout`.
    package func send(
        _ method: HTTPMethod, _ path: String, to instance: Int = 0, token: String? = nil,
        headers: HTTPHeaders = [:], body: [UInt8]? = nil, as client: Int? = nil,
        timeout: Duration = DrillLimits.exchangeTimeout
    ) async throws(LoadError) -> Answer {
        let url = urls[instance % urls.count] + path
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = headers
        if let client, let host = Endpoint(urls[instance % urls.count])?.host {
            request.localAddress = LoopbackAddress.text(client, to: host)
        }
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        do {
            let response = try await http.execute(
                request, deadline: .now() + TimeAmount(timeout), logger: logger)
            let bytes = try await response.body.collect(upTo: DrillLimits.answerBytesMax)
            return Answer(
                status: Int(response.status.code), headers: response.headers,
                body: Array(bytes.readableBytesView))
        } catch {
            throw LoadError(code: .unreachable, detail: "\(method) \(url): \(error)")
        }
    }

    /// Sends `document` as JSON; again, a few times, when the answer is 503 or 429.
    package func send(
        _ method: HTTPMethod, _ path: String, to instance: Int = 0, token: String? = nil,
        headers: HTTPHeaders = [:], document: some Encodable, as client: Int? = nil
    ) async throws(LoadError) -> Answer {
        let body = try json(document)
        for _ in 1..<DrillLimits.setUpTriesMax {
            let answer = try await send(
                method, path, to: instance, token: token, headers: headers, body: body,
                as: client)
            // What a client is told: come back a little later.
            guard answer.status == 503 || answer.status == 429 else { return answer }
            try? await Task.sleep(for: min(answer.retryAfter ?? .seconds(1), DrillLimits.pauseMax))
        }
        return try await send(
            method, path, to: instance, token: token, headers: headers, body: body, as: client)
    }

    /// Reads a resource.
    package func get(
        _ path: String, from instance: Int = 0, token: String? = nil
    ) async throws(LoadError) -> Answer {
        try await send(.GET, path, to: instance, token: token)
    }

    /// A JSON text of `document`, its members in a fixed order.
    package func json(_ document: some Encodable) throws(LoadError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(document))
        } catch {
            throw LoadError(code: .configuration, detail: "not JSON: \(error)")
        }
    }
}
