package import Foundation

/// A database as psql sees it: a second opinion that shares no code with the programs.
package struct Psql: Sendable {
    package let url: String
    package let folder: URL
    package let environment: [String: String]

    /// - Parameters:
    ///   - url: The database, with user and password.
    ///   - folder: Where output may be kept for a moment.
    ///   - environment: Of psql.
    package init(url: String, folder: URL, environment: [String: String]) {
        self.url = url
        self.folder = folder
        self.environment = environment
    }

    /// The rows that `sql` gives, columns with a bar between them.
    @discardableResult
    package func rows(
        _ sql: String, within limit: Duration = .seconds(30)
    ) async throws -> [String] {
        let output = try await RunningProcess.run(
            [
                "psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set",
                "ON_ERROR_STOP=1", "--dbname", url, "--command", sql,
            ], environment: environment, folder: folder, within: limit)
        return output.split(separator: "\n").map(String.init)
    }
}
