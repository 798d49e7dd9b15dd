import AsyncHTTPClient
package import BookingDomain
package import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Asks the brokers how much waits in the lines of the events.
package protocol LineReader: Sendable {
    /// Messages in each event's line; throws when nobody knows.
    func lines() async throws(UnknownReading) -> [EventID: Int]
}

/// Reads the metrics of RabbitMQ's Prometheus plugin at every node of the cluster.
package final class BrokerReader: LineReader {
    private let urls: [String]
    private let leaders = Mutex(LeaderFigures())
    private let http: HTTPClient
    private let logger: Logger

    /// - Parameters:
    ///   - nodes: The addresses of the nodes' metrics, for instance `http://rabbit-1:15692`.
    ///   - virtualHost: Where the queues are.
    ///   - http: What to ask with.
    ///   - logger: Where the requests are told.
    init(nodes: [String], virtualHost: String, http: HTTPClient, logger: Logger) {
        let name = Self.percentEncoded(virtualHost)
        urls = nodes.map { node in
            let node = node.hasSuffix("/") ? String(node.dropLast()) : node
            return "\(node)/metrics/detailed?family=queue_coarse_metrics&vhost=\(name)"
        }
        self.http = http
        self.logger = logger
    }

    /// Runs `body` with a reader whose connections are closed afterwards.
    package static func withReader<Result>(
        nodes: [String], virtualHost: String, logger: Logger,
        _ body: (BrokerReader) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(1)
        configuration.connectionPool.retryConnectionEstablishment = false
        return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            try await body(
                BrokerReader(nodes: nodes, virtualHost: virtualHost, http: http, logger: logger))
        }
    }

    /// What most of the brokers tell together.
    package func lines() async throws(UnknownReading) -> [EventID: Int] {
        let answers = await withTaskGroup(
            of: (Int, Result<[EventID: Int], UnknownReading>).self
        ) { group in
            for index in urls.indices {
                group.addTask { (index, await self.answer(of: self.urls[index])) }
            }
            let silence = UnknownReading("a broker's metrics were not asked")
            var answers = [Result<[EventID: Int], UnknownReading>](
                repeating: .failure(silence), count: urls.count)
            for await (index, answer) in group { answers[index] = answer }
            return answers
        }
        let told = try Self.majority(answers)
        return leaders.withLock { $0.lines(told) }
    }

    /// The answers, nothing from a broker that gave none.
    ///
    /// The majority of a cluster leads all lines that can be consumed, so that it is enough; a broker
    /// that only its metrics have left is missed, which ``LineDoubt`` bridges for a while.
    static func majority(
        _ answers: [Result<[EventID: Int], UnknownReading>]
    ) throws(UnknownReading) -> [[EventID: Int]] {
        var told: [[EventID: Int]] = []
        var silence: UnknownReading?
        var silent = 0
        for answer in answers {
            switch answer {
            case .success(let lines): told.append(lines)
            case .failure(let reading):
                told.append([:])
                silence = silence ?? reading
                silent += 1
            }
        }
        if let silence, 2 * silent >= answers.count { throw silence }
        return told
    }

    // Not in the closure of the group: there the optimizer of Swift 6.3.1 loses the index.
    private func answer(of url: String) async -> Result<[EventID: Int], UnknownReading> {
        do throws(UnknownReading) { return .success(try await lines(of: url)) } catch {
            return .failure(error)
        }
    }

    private func lines(of url: String) async throws(UnknownReading) -> [EventID: Int] {
        let status: HTTPResponseStatus
        let page: ByteBuffer
        do {
            let response = try await http.execute(
                HTTPClientRequest(url: url), timeout: TimeAmount(ScaleLimits.readingTimeout),
                logger: logger)
            status = response.status
            page = try await response.body.collect(upTo: ScaleLimits.answerBytesMax)
        } catch {
            throw UnknownReading("a broker's metrics do not answer: \(error)")
        }
        guard status == .ok else {
            throw UnknownReading("a broker's metrics answer \(status.code)")
        }
        return QueueFigures.lines(in: Array(page.readableBytesView))
    }

    /// The name as a part of a query.
    private static func percentEncoded(_ name: String) -> String {
        name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            default: (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
