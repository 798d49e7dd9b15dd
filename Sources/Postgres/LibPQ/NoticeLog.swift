internal import Logging

/// Logs that the server said something without being asked.
///
/// The text itself may hold data, so it is not logged.
final class NoticeLog: Sendable {
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    func record(_ notice: ServerFailure) {
        logger.debug(
            "The Postgres server sent a notice",
            metadata: [
                "severity": "\(notice.severity ?? "unknown")",
                "sqlstate": "\(notice.sqlState?.rawValue ?? "unknown")",
            ])
    }
}
