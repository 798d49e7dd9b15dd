import JSON

/// What all checks found at one time, in the order of the checks.
struct HealthReport: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        let name: String
        let status: HealthStatus
    }

    let entries: [Entry]

    /// Whether the process can do its work, if not all of it.
    var isHealthy: Bool { !entries.contains { $0.status.word == HealthStatus.unhealthyWord } }

    /// The worst that any check found.
    private var word: String {
        guard isHealthy else { return HealthStatus.unhealthyWord }
        return entries.first { $0.status != .healthy }?.status.word ?? HealthStatus.healthy.word
    }

    /// The report of a program of that version as the body of an answer.
    ///
    /// `{"status": …, "checks": [{"name": …, "status": …, "detail"?: …}], "version"?: …}`
    func json(of version: JSONValue?) -> JSONValue {
        .object([
            "status": .string(word),
            "checks": .array(
                entries.map { entry in
                    .object([
                        "name": .string(entry.name),
                        "status": .string(entry.status.word),
                        "detail": entry.status.detail.map(JSONValue.string),
                    ])
                }),
            "version": version,
        ])
    }
}

extension HealthStatus {
    fileprivate static let unhealthyWord = "unhealthy"

    fileprivate var word: String {
        switch self {
        case .healthy: "healthy"
        case .degraded: "degraded"
        case .unhealthy: Self.unhealthyWord
        }
    }

    fileprivate var detail: String? {
        switch self {
        case .healthy: nil
        case .degraded(let detail), .unhealthy(let detail): detail
        }
    }
}
