#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many files a command may have open at a time, by what they are for.
///
/// Connections are files, too. Without any left the process could neither accept a connection nor tell
/// how it is, and Dispatch ends it.
struct FileNeed: Hashable, Sendable {
    private struct Part: Hashable, Sendable {
        let count: Int
        let purpose: String
    }

    /// Log, standard streams, event loops, what the system's libraries open for a moment, and all
    /// connections to the management port.
    static let reserve = 512
    /// A connection to a database or a broker is a socket, and what wakes its thread.
    static let filesPerConnection = 2

    private var parts: [Part] = []

    /// How many files that is in all, with the reserve.
    var total: Int { parts.reduce(Self.reserve) { $0 + $1.count } }

    /// Files for what `purpose` says: a setting's name where one decides on the number.
    mutating func add(_ count: Int, for purpose: String) {
        parts.append(Part(count: count, purpose: purpose))
    }

    /// Connections to databases and brokers.
    mutating func add(connections: Int, for purpose: String) {
        add(connections * Self.filesPerConnection, for: purpose)
    }

    /// Raises the process's limit as far as the system allows, and throws when that is not enough.
    func claim() throws(CommandFailure) {
        let limit = Running.raiseFileLimit()
        guard total <= limit else { throw failure(limit: limit) }
    }

    func failure(limit: Int) -> CommandFailure {
        let list = parts.map { "\($0.count) for \($0.purpose)" }
        return CommandFailure(
            """
            \(total) files may be open at a time, and the system allows \(limit): \
            \((list + ["\(Self.reserve) in reserve"]).joined(separator: ", ")). \
            Allow more (ulimit -n, LimitNOFILE), or lower a setting
            """)
    }
}
