import Foundation
import Glibc
import Synchronization

/// A TCP proxy before a server that can stop, or end the connections, in the middle of something large.
///
/// Each direction of each connection has a thread of its own, which ends with the connection.
package final class HalfwayProxy: Sendable {
    /// When a client sends as much at once, it is in the middle of it.
    private static let largeBytesMin = 4096
    /// What still passes of it.
    private static let bytesPassed = 1024

    private enum Mode {
        case open
        /// The next large message stops everything.
        case waiting
        /// Nothing passes any more, either way.
        case stopped
        /// The connections are ended at the next large message, or are being ended since.
        case cutting(Cut, isBegun: Bool)
    }

    /// Where a connection is ended.
    package enum Cut: Sendable {
        /// In the middle of a large message to the server.
        case request
        /// When the server answers a large message, before anything of the answer passes.
        case answer
    }

    private let state = Mutex(Mode.open)
    private let listener: Int32
    private let target: UInt16
    /// Where the proxy listens.
    package let port: UInt16

    /// Listens on a port of the system's choice.
    package init(before target: UInt16) throws {
        self.target = target
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: `sockaddr_in` is one of the layouts that these calls read and write through `sockaddr`.
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw BadTestData() }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in accept() }
    }

    /// Whether it has stopped.
    package var isStopped: Bool {
        state.withLock { mode in if case .stopped = mode { true } else { false } }
    }

    /// Stops in the middle of the next large message.
    package func stopHalfway() { state.withLock { $0 = .waiting } }

    /// Ends the connections at the next large message.
    package func cut(_ cut: Cut) { state.withLock { $0 = .cutting(cut, isBegun: false) } }

    /// Ends it; connections are left as they are.
    package func close() {
        state.withLock { $0 = .stopped }
        shutdown(listener, Int32(SHUT_RDWR))
        _ = Glibc.close(listener)
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { return }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Self.loopback(target)
            // SAFETY: as above.
            let isConnected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard isConnected else {
                _ = Glibc.close(client)
                continue
            }
            Thread.detachNewThread { [self] in pump(client, server, isClient: true) }
            Thread.detachNewThread { [self] in pump(server, client, isClient: false) }
        }
    }

    private func pump(_ from: Int32, _ to: Int32, isClient: Bool) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(from, &bytes, bytes.count)
            guard count > 0 else {
                // A peer that is cut off hears nothing of it.
                if !isStopped { shutdown(to, Int32(SHUT_WR)) }
                return
            }
            let (passed, isEnd) = pass(count, isClient: isClient)
            guard passed == 0 || send(to, bytes, passed, Int32(MSG_NOSIGNAL)) == passed else {
                return
            }
            if isEnd {
                shutdown(from, Int32(SHUT_RDWR))
                shutdown(to, Int32(SHUT_RDWR))
                return
            }
        }
    }

    /// How many of so many bytes pass, and whether the connection is ended then.
    private func pass(_ count: Int, isClient: Bool) -> (passed: Int, isEnd: Bool) {
        state.withLock { mode in
            let isLarge = isClient && count >= Self.largeBytesMin
            switch mode {
            case .open: return (count, false)
            case .waiting where isLarge:
                mode = .stopped
                return (Self.bytesPassed, false)
            case .waiting: return (count, false)
            case .stopped: return (0, false)
            case .cutting(let cut, false):
                guard isLarge else { return (count, false) }
                mode = .cutting(cut, isBegun: true)
                return cut == .request ? (Self.bytesPassed, true) : (count, false)
            case .cutting(.answer, true) where isClient: return (count, false)
            case .cutting(_, true): return (0, true)
            }
        }
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return address
    }
}
