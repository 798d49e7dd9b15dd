#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds ports for servers of a test's own.
enum FreePorts {
    /// Below the range from which the kernel gives ports to outgoing connections.
    private static let candidates = stride(from: 20_000, to: 32_000, by: 10)

    /// The first of `count` ports in a row that nobody listens on; chosen at random, so that two
    /// test runs on one machine rarely want the same.
    static func base(count: Int) throws -> Int {
        for base in candidates.shuffled() where (base..<(base + count)).allSatisfy(isFree) {
            return base
        }
        throw TestFailure("no \(count) ports in a row are free")
    }

    private static func isFree(_ port: Int) -> Bool {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var on: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        // SAFETY: `sockaddr_in` is one of the layouts that `bind` reads through `sockaddr`, and the
        // pointer is used only during the call.
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
