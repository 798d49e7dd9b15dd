import Logging
import Postgres
import ServiceLifecycle

/// Keeps the program from working on databases that are not what they should be, and closes the
/// connections in the end.
///
/// The first look comes before everything else. A database that is out of reach then does not keep
/// the program from starting, since an ingress takes bookings without one; it is looked at again
/// until it is back, and the program stops if it is wrong.
struct DatabaseGuard: Service {
    /// How often a database that was out of reach is looked at again.
    static let retryInterval = Duration.seconds(1)

    private let databases: [BookingDatabase]
    private let outOfReach: [BookingDatabase]
    private let logger: Logger

    /// Looks at all databases at once; throws when any is wrong, naming all that are.
    init(_ databases: [BookingDatabase], logger: Logger) async throws(CommandFailure) {
        self.databases = databases
        self.logger = logger
        outOfReach = try await Self.outOfReach(among: databases, logger: logger)
    }

    func run() async throws {
        // The children's results say whether it is the end.
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for database in databases {
                group.addTask {
                    try await database.pool.run()
                    return true
                }
            }
            group.addTask {
                try await lookAgain()
                return false
            }
            group.addTask {
                try await gracefulShutdown()
                return true
            }
            for try await isEnd in group where isEnd { break }
            group.cancelAll()
        }
    }

    private func lookAgain() async throws {
        var waiting = outOfReach
        while !waiting.isEmpty {
            try await Task.sleep(for: Self.retryInterval)
            let still = try await Self.outOfReach(among: waiting, logger: nil)
            for database in waiting where !still.contains(where: { $0.name == database.name }) {
                logger.notice(
                    "a database is back and as it should be",
                    metadata: ["database": "\(database.name)"])
            }
            waiting = still
        }
    }

    /// The databases that nobody can look at now, each told to `logger`.
    private static func outOfReach(
        among databases: [BookingDatabase], logger: Logger?
    ) async throws(CommandFailure) -> [BookingDatabase] {
        let findings = await withTaskGroup(of: (Int, BookingDatabase.Finding).self) { group in
            for (index, database) in databases.enumerated() {
                group.addTask { (index, await database.check()) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var wrong: [String] = []
        var outOfReach: [BookingDatabase] = []
        for (index, database) in databases.enumerated() {
            switch findings[index] {
            case .fine, nil: break
            case .wrong(let reason):
                wrong.append("  - \(database.name) (\(database.address)): \(reason)")
            case .unreachable(let reason):
                outOfReach.append(database)
                logger?.warning(
                    "a database is out of reach and will be looked at when it is back",
                    metadata: ["database": "\(database.name)", "reason": "\(reason)"])
            }
        }
        guard wrong.isEmpty else {
            throw CommandFailure(
                (["the databases cannot be used:"] + wrong).joined(separator: "\n"))
        }
        return outOfReach
    }
}
