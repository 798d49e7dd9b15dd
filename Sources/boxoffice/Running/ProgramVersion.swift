import BookingDomain
import BookingMessages
import BookingStore
import JSON
import Metrics
import Postgres

/// Which program this is, and what it works with: for `--version`, `/readyz` and the metrics.
enum ProgramVersion {
    /// The next release, or this one; see CHANGELOG.md.
    static let number = "0.2.0"

    static let commit = BuildCommit.name

    /// The last migrations that it knows.
    static let schema = [
        ("directory", BookingMigrations.directory.map(\.version).max() ?? 0),
        ("shard", BookingMigrations.shard.map(\.version).max() ?? 0),
    ]

    static let messages = [CommandMessage.type, OutcomeMessage.type]

    static let kinds = CommandKind.allCases.map(\.rawValue)

    static var text: String {
        """
        boxoffice \(number) (commit \(commit))
        schema: \(schema.map { "\($0) \($1)" }.joined(separator: ", "))
        messages: \(messages.joined(separator: ", ")); commands: \(kinds.joined(separator: ", "))
        """
    }

    static var json: JSONValue {
        .object([
            "program": .string(number), "commit": .string(commit),
            "schema": .object(
                schema.map { JSONMember($0, .integer(Int64($1))) }),
            "messages": .array(messages.map(JSONValue.string)),
            "commands": .array(kinds.map(JSONValue.string)),
        ])
    }

    /// Tells the metrics: a gauge that is always 1, with all of it in its labels.
    static func record() {
        Gauge(
            label: "boxoffice_build_info",
            dimensions: [("version", number), ("commit", commit)]
                + schema.map { ("\($0)_schema", "\($1)") }
        ).record(1)
    }
}
