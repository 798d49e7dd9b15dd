import JSON

/// What all checks found at one time, in the order of the checks.
struct HealthReport: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        let name: String
        let status: HealthStatus
    }

    let entries: [Entry]

    var isHealthy: Bool { entries.allSatisfy { $0.status == .healthy } }

    /// The report as the body of an answer.
    ///
    /// `{"status": …, "checks": [{"name": …, "status": …, "detail"?: …}]}`
    var json: JSONValue {
        .object([
            "status": .string(Self.word(isHealthy)),
            "checks": .array(
                entries.map { entry in
                    .object([
                        "name": .string(entry.name),
                        "status": .string(Self.word(entry.status == .healthy)),
                        "detail": entry.status.detail.map(JSONValue.string),
                    ])
                }),
        ])
    }

    private static func word(_ isHealthy: Bool) -> String {
        isHealthy ? "healthy" : "unhealthy"
    }
}

extension HealthStatus {
    fileprivate var detail: String? {
        switch self {
        case .healthy: nil
        case .unhealthy(let detail): detail
        }
    }
}
