/// Something this process needs for its work, and a way to find out whether it is there.
package struct HealthCheck: Sendable {
    /// A short name for the answer and the logs, for instance `shard-0`.
    package let name: String
    /// Finds out; it should end soon after its task is cancelled, and need not have a limit of its own.
    package let check: @Sendable () async -> HealthStatus

    package init(name: String, check: @escaping @Sendable () async -> HealthStatus) {
        self.name = name
        self.check = check
    }
}

/// What a ``HealthCheck`` found.
package enum HealthStatus: Hashable, Sendable {
    case healthy
    /// It does its work, but not all of it; in words that any operator may read.
    case degraded(String)
    /// With what is wrong, in words that any operator may read.
    case unhealthy(String)
}
