import Glibc
import Synchronization

@testable import Postgres

/// A TCP proxy in front of the real server that breaks the connection where it is told to: there is
/// no mock that could behave more kindly than the real thing.
final class BreakableProxy: Sendable {
    enum Behaviour: Sendable {
        /// Bytes go both ways.
        case pass
        /// Connections stay open, but nothing goes either way.
        case stall
        /// When the client sends the text, the server gets it, but its answer does not come through
        /// and the connection is cut.
        case cutAnswer(to: String)
        /// When the client sends the text, the server gets it, but nothing comes through any more.
        case stallAnswer(to: String)
        /// All connections are cut, and new ones too.
        case cut
    }

    struct Failure: Error {
        var what: String
    }

    private struct State {
        var behaviour = Behaviour.pass
        var isStopped = false
        var acceptedCount = 0
    }

    /// The port it listens on.
    let port: UInt16
    private let listener: Int32
    private let target: sockaddr_in
    private let state = Mutex(State())

    /// How often the proxy looks at what it was told, in milliseconds.
    private static let interval: Int32 = 5

    var behaviour: Behaviour {
        get { state.withLock { $0.behaviour } }
        set { state.withLock { $0.behaviour = newValue } }
    }

    /// How many connections were made to it.
    var acceptedCount: Int { state.withLock { $0.acceptedCount } }

    init(to database: TestDatabase) throws {
        let host = database.server["hostaddr"] ?? database.server["host"] ?? "127.0.0.1"
        target = try Self.address(
            host: host == "localhost" ? "127.0.0.1" : host,
            port: UInt16(database.server["port"] ?? "5432") ?? 5432)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var own = try Self.address(host: "127.0.0.1", port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, $0, &size) == 0
            }
        }
        guard isListening else { throw Failure(what: "the proxy cannot listen") }
        self.listener = listener
        port = UInt16(bigEndian: own.sin_port)
        guard DedicatedThread.start(named: "proxy", { self.serve() }) else {
            throw Failure(what: "the proxy has no thread")
        }
    }

    /// Runs `body` with a proxy to the database.
    static func with<R>(
        _ database: TestDatabase, _ body: (BreakableProxy) async throws -> R
    ) async throws -> R {
        let proxy = try BreakableProxy(to: database)
        defer { proxy.state.withLock { $0.isStopped = true } }
        return try await body(proxy)
    }

    private static func address(host: String, port: UInt16) throws -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw Failure(what: "the proxy needs a server with an IPv4 address, not \(host)")
        }
        return address
    }
}

// The proxy's thread.
extension BreakableProxy {
    private struct Pair {
        var client: Int32
        var server: Int32
        var isAnswerCut = false
        var isStalled = false
    }

    private func serve() {
        var pairs: [Pair] = []
        defer {
            for pair in pairs { cut(pair) }
            close(listener)
        }
        while !state.withLock({ $0.isStopped }) {
            var descriptors = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            for pair in pairs {
                descriptors.append(pollfd(fd: pair.client, events: Int16(POLLIN), revents: 0))
                descriptors.append(pollfd(fd: pair.server, events: Int16(POLLIN), revents: 0))
            }
            poll(&descriptors, nfds_t(descriptors.count), Self.interval)
            // Read after the wait, so that it holds for every byte sent since it was set.
            let behaviour = behaviour
            if case .stall = behaviour {
                // Nothing is read, so what the peers send piles up in the kernel.
                for index in 1..<descriptors.count { descriptors[index].revents = 0 }
                usleep(useconds_t(Self.interval) * 1000)
            }
            if case .cut = behaviour {
                for pair in pairs { cut(pair) }
                pairs = []
            }
            var remaining: [Pair] = []
            for (index, pair) in pairs.enumerated() {
                var pair = pair
                let fromClient = descriptors[1 + 2 * index].revents & Int16(POLLIN) != 0
                let fromServer = descriptors[2 + 2 * index].revents & Int16(POLLIN) != 0
                if forward(&pair, fromClient: fromClient, fromServer: fromServer, behaviour) {
                    remaining.append(pair)
                } else {
                    cut(pair)
                }
            }
            pairs = remaining
            if descriptors[0].revents != 0 { accept(into: &pairs, behaviour) }
        }
    }

    /// Passes on what there is; false if the pair is to be cut.
    private func forward(
        _ pair: inout Pair, fromClient: Bool, fromServer: Bool, _ behaviour: Behaviour
    ) -> Bool {
        if pair.isStalled { return true }
        if fromClient {
            guard let bytes = receive(pair.client) else { return false }
            switch behaviour {
            case .cutAnswer(let text) where bytes.contains(text.utf8): pair.isAnswerCut = true
            case .stallAnswer(let text) where bytes.contains(text.utf8): pair.isStalled = true
            default: break
            }
            guard send(bytes, to: pair.server) else { return false }
        }
        guard fromServer, !pair.isStalled else { return true }
        if pair.isAnswerCut { return false }
        guard let bytes = receive(pair.server) else { return false }
        return send(bytes, to: pair.client)
    }

    private func accept(into pairs: inout [Pair], _ behaviour: Behaviour) {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return }
        state.withLock { $0.acceptedCount += 1 }
        var target = target
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let isConnected = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        let pair = Pair(client: client, server: server)
        if case .cut = behaviour { return cut(pair) }
        if isConnected { pairs.append(pair) } else { cut(pair) }
    }

    private func cut(_ pair: Pair) {
        close(pair.client)
        close(pair.server)
    }

    private func receive(_ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }

    private func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }
}

extension [UInt8] {
    fileprivate func contains(_ text: String.UTF8View) -> Bool {
        guard count >= text.count else { return false }
        return (0...(count - text.count)).contains { self[$0...].starts(with: text) }
    }
}
