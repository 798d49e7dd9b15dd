internal import Glibc

/// Why nothing can be connected to at an address, for which librabbitmq has one word only.
///
/// It connects once more and lets go at once; so it is asked only after that failed.
enum ConnectCause {
    /// The system's words, for instance "Connection refused"; `nil` when it could be connected to.
    static func find(_ host: String, _ port: UInt16, within limit: Duration) -> String? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &found)
        guard status == 0 else { return String(cString: gai_strerror(status)) }
        defer { freeaddrinfo(found) }
        var cause: String?
        // SAFETY: the list is read here only, before it is freed.
        var next = found
        while let address = next?.pointee {
            guard let code = errorCode(of: address, within: limit) else { return nil }
            cause = String(cString: strerror(code))
            next = address.ai_next
        }
        return cause
    }

    /// The system's number of what stands against a connection, or `nil`.
    private static func errorCode(of address: addrinfo, within limit: Duration) -> Int32? {
        let descriptor = socket(
            address.ai_family, address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue),
            address.ai_protocol)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        guard connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 else { return nil }
        guard errno == EINPROGRESS else { return errno }
        var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&writable, 1, Int32(clamping: limit.wholeMilliseconds)) > 0 else {
            return ETIMEDOUT
        }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return errno }
        return code == 0 ? nil : code
    }
}
