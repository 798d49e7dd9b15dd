import FoundationEssentials

@testable import boxoffice

/// Where a test writes its settings.
struct Written {
    /// One that might have been made by chance.
    static let secret = "5ecf1d0897a2b36c4f8e05d1a97b2c63e84fd0b1796a3c528e1f40d7b9a6c235"

    /// Flags and environment variables that name all that must be named.
    static let complete = [
        "BOXOFFICE_DIRECTORY_URL": "postgresql://app:hunter2@db/directory",
        "BOXOFFICE_SHARD_URLS": "postgresql://db/shard0,postgresql://db/shard1",
        "BOXOFFICE_BROKER_URL": "amqp://app:hunter3@broker/tickets",
        "BOXOFFICE_SECRET": Written.secret,
    ]

    var flags: [String: String] = [:]
    var environment = Written.complete
    /// The text of the file, when there is one.
    var file: String?

    /// The settings of `serve`, or what is wrong with them.
    func serve() throws -> ServeSettings {
        try withFile { file in
            var reading = SettingReading(
                command: "serve", line: SettingsLine(values: flags, file: file),
                environment: environment)
            return try ServeSettings(&reading)
        }
    }

    /// The lines of what is wrong with the settings of `serve`; empty when nothing is.
    func problems() throws -> [String] {
        do {
            _ = try serve()
            return []
        } catch let error as SettingsError {
            return error.problems.map(\.description)
        }
    }

    private func withFile<Result>(_ body: (String?) throws -> Result) throws -> Result {
        guard let file else { return try body(nil) }
        let path = FileManager.default.temporaryDirectory
            .appending(path: "settings-\(UUID().uuidString).json").path
        try Data(file.utf8).write(to: URL(filePath: path))
        let result = Swift.Result { try body(path) }
        try FileManager.default.removeItem(atPath: path)
        return try result.get()
    }
}
