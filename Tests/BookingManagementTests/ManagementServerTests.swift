import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import Metrics
import JSON
import NIOCore
import NIOEmbedded
import NIOPosix
import Prometheus
import ServiceLifecycle
import Synchronization
import Testing

@testable import BookingManagement

@Suite("The management server", .timeLimit(.minutes(2)))
struct ManagementServerTests {
    private func server(
        _ checks: [HealthCheck] = [], registry: PrometheusRegistry = PrometheusRegistry(),
        answers: [ManagementAnswer] = []
    ) -> ManagementServer {
        ManagementServer(
            host: "127.0.0.1", port: 0, checks: checks, registry: registry, answers: answers,
            logger: Logger(label: "test"))
    }

    private func json(_ response: TestResponse) throws -> NSDictionary? {
        let body = Data(response.body.readableBytesView)
        return try JSONSerialization.jsonObject(with: body) as? NSDictionary
    }

    @Test("livez answers while the process runs, whatever the checks say")
    func livez() async throws {
        let server = server([HealthCheck(name: "broker") { .unhealthy("gone") }])
        try await server.application.test(.router) { client in
            let response = try await client.execute(uri: "/livez", method: .get)
            #expect(response.status == .ok)
            #expect(try json(response) == ["status": "healthy"])
            #expect(response.headers[.cacheControl] == "no-store")
        }
    }

    @Test("readyz names each check")
    func readyz() async throws {
        let server = server([
            HealthCheck(name: "directory") { .healthy },
            HealthCheck(name: "shard-0") { .unhealthy("connection \"refused\"") },
        ])
        try await server.application.test(.router) { client in
            let response = try await client.execute(uri: "/readyz", method: .get)
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers[.contentType] == "application/json")
            #expect(
                try json(response) == [
                    "status": "unhealthy",
                    "checks": [
                        ["name": "directory", "status": "healthy"],
                        [
                            "name": "shard-0", "status": "unhealthy",
                            "detail": "connection \"refused\"",
                        ],
                    ],
                ])
        }
    }

    @Test("readyz is 200 once everything is there")
    func ready() async throws {
        try await server([HealthCheck(name: "directory") { .healthy }]).application.test(.router) {
            client in
            let response = try await client.execute(uri: "/readyz", method: .get)
            #expect(response.status == .ok)
            #expect(
                try json(response) == [
                    "status": "healthy", "checks": [["name": "directory", "status": "healthy"]],
                ])
        }
    }

    @Test("metrics are what the registry renders, in the format's media type")
    func metrics() async throws {
        let registry = PrometheusRegistry()
        Counter(label: "orders_total", factory: registry).increment(by: 3)
        try await server(registry: registry).application.test(.router) { client in
            let response = try await client.execute(uri: "/metrics", method: .get)
            #expect(response.status == .ok)
            #expect(
                response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(String(buffer: response.body).contains("\norders_total 3\n"))
        }
    }

    @Test("What else there is to tell has a path of its own; 503 until it can be told")
    func answers() async throws {
        let server = server(answers: [
            ManagementAnswer(name: "scale") { .object(["wanted": .integer(3)]) },
            ManagementAnswer(name: "later") { nil },
        ])
        try await server.application.test(.router) { client in
            let told = try await client.execute(uri: "/scale", method: .get)
            #expect(told.status == .ok)
            #expect(told.headers[.contentType] == "application/json")
            #expect(try json(told) == ["wanted": 3])
            let later = try await client.execute(uri: "/later", method: .get)
            #expect(later.status == .serviceUnavailable)
            #expect(later.headers[.contentType] == "application/problem+json")
        }
    }

    @Test(
        "What is not there is a problem",
        arguments: [
            (HTTPRequest.Method.get, "/", HTTPResponse.Status.notFound),
            (.get, "/livez/x", .notFound), (.post, "/livez", .methodNotAllowed),
            (.delete, "/metrics", .methodNotAllowed),
        ])
    func problems(
        method: HTTPRequest.Method, path: String, status: HTTPResponse.Status
    ) async throws {
        try await server().application.test(.router) { client in
            let response = try await client.execute(uri: path, method: method)
            #expect(response.status == status)
            #expect(response.headers[.contentType] == "application/problem+json")
            #expect(try json(response)?["status"] as? Int == status.code)
        }
    }

    @Test("A probe is answered, however many connections are kept open without a whole request")
    func crowded() async throws {
        let (ports, telling) = AsyncStream.makeStream(of: Int.self)
        let server = ManagementServer(
            host: "127.0.0.1", port: 0, checks: [], registry: PrometheusRegistry(),
            logger: Logger(label: "test"), listening: { telling.yield($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            let runner = ServiceGroup(services: [server], logger: Logger(label: "test"))
            group.addTask { try await runner.run() }
            let port = try #require(await ports.first { _ in true })
            let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            var silent: [any Channel] = []
            for _ in 0..<(ManagementServer.connectionsMax + 50) {
                let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
                try await channel.writeAndFlush(ByteBuffer(string: "GET /li"))
                silent.append(channel)
            }
            try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
                let response = try await client.get("/livez")
                #expect(response.status == .ok)
            }
            #expect(silent.last?.isActive == true)
            for channel in silent { channel.close(promise: nil) }
            await runner.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    @Test("A connection lasts for some seconds; of too many, the oldest makes room")
    func shortLived() throws {
        let connections = NewestConnections(countMax: 2)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        let channels = (0..<3).map { _ in
            let channel = EmbeddedChannel(
                handler: ShortLivedConnection(connections, lifetime: .seconds(10)))
            channel.connect(to: address, promise: nil)
            return channel
        }
        channels[0].embeddedEventLoop.run()
        #expect(channels.map(\.isActive) == [false, true, true])
        #expect(connections.count == 2)
        channels[1].embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(channels[1].isActive)
        channels[1].embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channels[1].isActive)
        #expect(connections.count == 1)
        _ = try channels[2].finish()
    }

    @Test("It tells its port, answers there, and a graceful shutdown ends it")
    func live() async throws {
        let (ports, telling) = AsyncStream.makeStream(of: Int.self)
        let server = ManagementServer(
            host: "127.0.0.1", port: 0, checks: [HealthCheck(name: "all") { .healthy }],
            registry: PrometheusRegistry(), logger: Logger(label: "test"),
            listening: { telling.yield($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            let runner = ServiceGroup(services: [server], logger: Logger(label: "test"))
            group.addTask { try await runner.run() }
            let port = try #require(await ports.first { _ in true })
            try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
                for path in ["/livez", "/readyz", "/metrics"] {
                    let response = try await client.get(path)
                    #expect(response.status == .ok)
                }
            }
            await runner.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    @Test("A port that is taken ends the second server with an error")
    func portTaken() async throws {
        let (ports, telling) = AsyncStream.makeStream(of: Int.self)
        let first = ManagementServer(
            host: "127.0.0.1", port: 0, checks: [], registry: PrometheusRegistry(),
            logger: Logger(label: "test"), listening: { telling.yield($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            let runner = ServiceGroup(services: [first], logger: Logger(label: "test"))
            group.addTask { try await runner.run() }
            let port = try #require(await ports.first { _ in true })
            let second = ManagementServer(
                host: "127.0.0.1", port: port, checks: [], registry: PrometheusRegistry(),
                logger: Logger(label: "test"))
            await #expect(throws: (any Error).self) { try await second.run() }
            await runner.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }
}
