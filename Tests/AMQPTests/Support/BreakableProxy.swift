import AMQP
import Glibc
import Synchronization
import Testing

private enum ProxyCommand: Sendable {
    case set(BreakableProxy.Mode)
    /// Closes every connection; new ones are accepted.
    case cut
    case stop
}

/// A TCP proxy before the broker that breaks real connections on demand.
final class BreakableProxy: Sendable {
    enum Mode: Sendable {
        /// Bytes pass both ways.
        case open
        /// What the broker sends is held back; it passes when the proxy opens again.
        case deaf
        /// Nothing passes and nothing is read; connections stay up.
        case stalled
    }

    private let commands = Mutex<[(ProxyCommand, CheckedContinuation<Void, Never>)]>([])
    private let wakeRead: Int32
    private let wakeWrite: Int32
    /// Where the proxy listens.
    let address: AMQPAddress

    /// Listens on a port of the system's choice, for as long as `body` runs.
    static func run<Result>(
        before target: AMQPConfiguration,
        _ body: (BreakableProxy, AMQPConfiguration) async throws -> Result
    ) async throws -> Result {
        let proxy = try BreakableProxy(target: try #require(target.addresses.first))
        var configuration = target
        configuration.addresses = [proxy.address]
        do {
            let result = try await body(proxy, configuration)
            await proxy.perform(.stop)
            return result
        } catch {
            await proxy.perform(.stop)
            throw error
        }
    }

    func set(_ mode: Mode) async { await perform(.set(mode)) }

    func cut() async { await perform(.cut) }

    private init(target: AMQPAddress) throws {
        var pipe: [Int32] = [0, 0]
        try #require(Glibc.pipe(&pipe) == 0)
        (wakeRead, wakeWrite) = (pipe[0], pipe[1])
        let listener = try #require(LoopbackSocket.listen())
        address = AMQPAddress(host: "127.0.0.1", port: LoopbackSocket.port(of: listener))
        let thread = ProxyThread(
            listener: listener, wake: wakeRead, port: target.port,
            takeCommands: { [self] in
                commands.withLock { commands in
                    defer { commands = [] }
                    return commands
                }
            })
        thread.start()
    }

    private func perform(_ command: ProxyCommand) async {
        await withCheckedContinuation { continuation in
            commands.withLock { $0.append((command, continuation)) }
            var byte: UInt8 = 1
            _ = write(wakeWrite, &byte, 1)
        }
        if case .stop = command {
            close(wakeRead)
            close(wakeWrite)
        }
    }
}

/// The thread that pumps; all its state is its own after `start`.
private final class ProxyThread: @unchecked Sendable {
    // SAFETY: only the thread touches the variables once it runs.
    private struct Pair {
        var client: Int32
        var broker: Int32
    }

    private let listener: Int32
    private let wake: Int32
    private let port: UInt16
    private let takeCommands: @Sendable () -> [(ProxyCommand, CheckedContinuation<Void, Never>)]
    private var mode = BreakableProxy.Mode.open
    private var pairs: [Pair] = []
    private var isRunning = true

    init(
        listener: Int32, wake: Int32, port: UInt16,
        takeCommands: @escaping @Sendable () -> [(ProxyCommand, CheckedContinuation<Void, Never>)]
    ) {
        self.listener = listener
        self.wake = wake
        self.port = port
        self.takeCommands = takeCommands
    }

    func start() {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(self)
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<ProxyThread>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        pthread_detach(thread)
    }

    private func run() {
        while isRunning {
            var polled = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
            polled.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0))
            for pair in pairs {
                let fromClient = mode == .stalled ? 0 : Int16(POLLIN)
                let fromBroker = mode == .open ? Int16(POLLIN) : 0
                polled.append(pollfd(fd: pair.client, events: fromClient, revents: 0))
                polled.append(pollfd(fd: pair.broker, events: fromBroker, revents: 0))
            }
            poll(&polled, nfds_t(polled.count), -1)
            var ended: [Int] = []
            for index in pairs.indices {
                let pair = pairs[index]
                let client = polled[2 + 2 * index]
                let broker = polled[3 + 2 * index]
                let clientLives =
                    client.revents & client.events == 0 || pump(pair.client, to: pair.broker)
                let brokerLives =
                    broker.revents & broker.events == 0 || pump(pair.broker, to: pair.client)
                // What hung up without our reading it would wake the poll for ever.
                let hungUp = (client.revents | broker.revents) & ~Int16(POLLIN) != 0
                if !clientLives || !brokerLives || hungUp { ended.append(index) }
            }
            for index in ended.reversed() { drop(pairs.remove(at: index)) }
            if polled[1].revents != 0 { accept() }
            if polled[0].revents != 0 { obey() }
        }
    }

    private func obey() {
        var byte: UInt8 = 0
        _ = read(wake, &byte, 1)
        for (command, continuation) in takeCommands() {
            switch command {
            case .set(let mode):
                self.mode = mode
            case .cut:
                pairs.forEach(drop)
                pairs = []
            case .stop:
                pairs.forEach(drop)
                close(listener)
                isRunning = false
            }
            continuation.resume()
        }
    }

    private func accept() {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return }
        guard let broker = LoopbackSocket.connect(port: port) else {
            close(client)
            return
        }
        pairs.append(Pair(client: client, broker: broker))
    }

    private func pump(_ from: Int32, to: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(from, &bytes, bytes.count)
        guard count > 0 else { return false }
        var sent = 0
        while sent < count {
            let written = bytes[sent..<count].withUnsafeBytes {
                send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard written > 0 else { return false }
            sent += written
        }
        return true
    }

    private func drop(_ pair: Pair) {
        close(pair.client)
        close(pair.broker)
    }
}
