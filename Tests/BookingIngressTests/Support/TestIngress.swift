import AsyncHTTPClient
import BookingBroker
import BookingDomain
import BookingStore
import BookingTestSupport
import Foundation
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import JSON
import RateLimits
import ServiceLifecycle

@testable import BookingIngress

/// An ingress that listens on a free port, over stores and a broker in memory.
struct TestIngress: Sendable {
    let server: IngressServer
    let port: Int
    let stores: FakeStores
    let broker: FakeBroker
    let services: ServiceGroup

    static let secret = [UInt8](repeating: 42, count: 32)

    /// What the ingress itself signs and authenticates with.
    static func keys() throws -> SecretKeys { try SecretKeys(secret: secret).orThrow() }

    /// A limiter for which no time passes, so that nothing spent comes back however slow the machine is.
    static var frozenLimiter: any RateLimiter { LocalRateLimiter(now: { 0 }) }

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs `body` with an ingress that serves, and stops it.
    static func with(
        stores: FakeStores = FakeStores(), broker: FakeBroker = FakeBroker(),
        limiter: any RateLimiter = LocalRateLimiter(),
        configure: (inout IngressConfiguration) -> Void = { _ in },
        _ body: @Sendable (TestIngress) async throws -> Void
    ) async throws {
        let dependencies = try IngressDependencies(
            users: stores, sessions: stores, events: stores, bookings: stores, kinds: stores,
            shardCount: 4, commands: broker, outcomes: broker,
            secrets: IngressSecrets(secret).orThrow(), limiter: limiter)
        try await serve(dependencies, configure: configure) { server, port, services in
            try await body(
                TestIngress(
                    server: server, port: port, stores: stores, broker: broker, services: services))
        }
    }

    /// Runs `body` with an ingress over these dependencies, and stops it gracefully.
    static func serve(
        _ dependencies: IngressDependencies,
        configure: (inout IngressConfiguration) -> Void = { _ in },
        _ body: (IngressServer, Int, ServiceGroup) async throws -> Void
    ) async throws {
        var configuration = IngressConfiguration()
        configuration.port = 0
        configuration.passwordCost = ScryptCost(logRounds: 4) ?? .standard
        // Hundreds of tests share two cores: one that is about this patience sets its own.
        configuration.publishPatience = .seconds(10)
        configure(&configuration)
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let server = try await IngressServer(
            configuration: configuration, dependencies: dependencies, logger: quiet
        ) { port in listening.yield(port) }
        let services = ServiceGroup(services: [server], logger: quiet)
        try await withThrowingTaskGroup { group in
            group.addTask {
                defer { listening.finish() }
                try await services.run()
            }
            var portNumber: Int?
            for await port in ports {
                portNumber = port
                break
            }
            if let portNumber {
                do { try await body(server, portNumber, services) } catch {
                    await services.triggerGracefulShutdown()
                    throw error
                }
                await services.triggerGracefulShutdown()
            }
            try await group.waitForAll()
        }
    }

    var client: TestClient { TestClient(port: port) }

    /// How many requests wait for outcomes.
    var waiters: Int { server.application.recentOutcomes.waiters }
}

/// A client of an ingress's API.
struct TestClient: Sendable {
    let port: Int
    var token: String?

    /// An answer, read to its end.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let json: JSONValue?
        let text: String

        func header(_ name: String) -> String? { headers.first(name: name) }

        /// The last part of the problem's type.
        var slug: String? {
            json?["type"]?.string.map { String($0.dropFirst("/problems/".count)) }
        }

        /// Where the fields are that are wrong.
        var pointers: [String] {
            json?["errors"]?.array?.compactMap { $0["pointer"]?.string } ?? []
        }

        /// Whether this is a problem as the contract has it.
        var isProblem: Bool {
            headers.first(name: "content-type") == "application/problem+json"
                && json?["type"]?.string?.hasPrefix("/problems/") == true
                && json?["status"]?.integer == Int64(status)
                && json?["title"]?.string?.isEmpty == false
                && json?["detail"]?.string?.isEmpty == false
        }
    }

    /// The same client, signed in with `token`.
    func signedIn(_ token: String?) -> TestClient {
        var client = self
        client.token = token
        return client
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, headers: [(String, String)] = [],
        body: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = HTTPMethod(rawValue: method.rawValue)
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            if !request.headers.contains(name: "content-type") {
                request.headers.add(name: "content-type", value: "application/json")
            }
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        return Answer(
            status: Int(response.status.code), headers: response.headers,
            json: try? JSONValue(parsing: bytes.readableBytesView), text: String(buffer: bytes))
    }

    // MARK: - What tests often do

    /// Signs a new user up and in.
    func newUser(_ role: UserRole = .attendee) async throws -> TestClient {
        let email = "\(UUID().uuidString)@example.org"
        let account =
            #"{"email":"\#(email)","name":"Ada","password":"correct horse","role":"\#(role.rawValue)"}"#
        let signedUp = try await send(.post, "/v1/users", body: account)
        let session = try await send(
            .post, "/v1/sessions", body: #"{"email":"\#(email)","password":"correct horse"}"#)
        guard signedUp.status == 201, let token = session.json?["token"]?.string else {
            throw UnexpectedAnswer(answers: [signedUp, session])
        }
        return signedIn(token)
    }

    /// Makes an event on sale; this must be an organizer's client.
    func newEvent(
        capacities: [Int] = [10], status: String = "onSale", maxPerUser: Int? = nil
    ) async throws -> (id: EventID, ticketTypes: [String]) {
        let limit = maxPerUser.map { ",\"maxPerUser\":\($0)" } ?? ""
        let types = capacities.enumerated().map {
            #"{"name":"Seats \#($0.offset)","capacity":\#($0.element)\#(limit)}"#
        }
        let body = """
            {"title":"Opera","startsAt":"2100-01-01T20:00:00Z","status":"\(status)",
             "ticketTypes":[\(types.joined(separator: ","))]}
            """
        let made = try await send(.post, "/v1/events", body: body)
        guard made.status == 201, let id = made.json?["id"]?.string.flatMap({ EventID($0) }),
            let ids = made.json?["ticketTypes"]?.array?.compactMap({ $0["id"]?.string })
        else { throw UnexpectedAnswer(answers: [made]) }
        return (id, ids)
    }

    /// Submits a booking of one item, to the event whose ticket type it is.
    func book(
        _ ticketType: String, quantity: Int = 1, key: String? = nil, prefer: String? = nil
    ) async throws -> Answer {
        var headers = [("idempotency-key", key ?? UUID().uuidString)]
        if let prefer { headers.append(("prefer", prefer)) }
        let body = #"{"items":[{"ticketTypeId":"\#(ticketType)","quantity":\#(quantity)}]}"#
        return try await send(
            .post, "/v1/events/\(ticketType.prefix { $0 != "." })/bookings", headers: headers,
            body: body)
    }
}

/// Something a test only prepares with was not answered as it should be.
struct UnexpectedAnswer: Error, CustomStringConvertible {
    let answers: [TestClient.Answer]

    var description: String { answers.map { "\($0.status) \($0.text)" }.joined(separator: "; ") }
}
