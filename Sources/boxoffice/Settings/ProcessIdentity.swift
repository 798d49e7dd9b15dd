#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What tells this process from all others.
enum ProcessIdentity {
    /// The host's name and the process id: `ticket-7-4711`.
    static var name: String {
        // POSIX allows 255 bytes and a terminator.
        var bytes = [CChar](repeating: 0, count: 256)
        let host =
            gethostname(&bytes, bytes.count - 1) == 0
            ? String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            : "localhost"
        return "\(host.prefix(80))-\(getpid())"
    }

    /// The path of the program that this process runs.
    static var executable: String {
        #if canImport(Glibc)
            var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink("/proc/self/exe", &bytes, bytes.count)
            if count > 0 {
                return String(
                    decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
            }
        #endif
        return CommandLine.arguments[0]
    }
}
