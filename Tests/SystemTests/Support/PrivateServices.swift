import Foundation

/// A PostgreSQL and a RabbitMQ of the test's own, in a folder of their own.
struct PrivateServices: Sendable {
    enum Server: String, Sendable {
        case broker, postgres
    }

    let folder: URL
    /// The first of ten ports; the last five are for the programs under test.
    let portBase: Int
    /// What `infra/services` wrote for programs that use them.
    let settings: [String: String]

    /// The repository, found from where this file stands in it.
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Starts both, lets `body` use them, stops both and deletes the folder.
    static func with(
        _ body: (PrivateServices) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "boxoffice-system-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let portBase = try FreePorts.base()
        do {
            try await services(["start"], folder: folder, portBase: portBase)
            let services = PrivateServices(
                folder: folder, portBase: portBase, settings: try settings(in: folder))
            try await body(services)
        } catch {
            try? await delete(folder)
            throw error
        }
        try await delete(folder)
    }

    /// Kills a server, all its processes at once.
    func kill(_ server: Server) async throws {
        try await Self.services(["kill", server.rawValue], folder: folder)
    }

    /// Starts whatever is down, and returns when it answers.
    func start() async throws {
        try await Self.services(["start"], folder: folder)
    }

    /// The environment of the tools: that of the test, without what would set up the programs.
    static var toolEnvironment: [String: String] {
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("BOXOFFICE_") }
    }

    private static func services(
        _ words: [String], folder: URL, portBase: Int? = nil
    ) async throws {
        var arguments = [repository.appending(path: "infra/services").path] + words
        arguments += ["--dir", folder.appending(path: "services").path]
        if let portBase { arguments += ["--port-base", String(portBase)] }
        try await RunningProcess.run(
            arguments, environment: toolEnvironment, folder: folder, within: .seconds(150))
    }

    private static func delete(_ folder: URL) async throws {
        // Nothing in it is needed any more, and a kill is quicker than an orderly stop.
        try? await services(["kill", "postgres"], folder: folder)
        try? await services(["kill", "broker"], folder: folder)
        try await services(["stop"], folder: folder)
        try FileManager.default.removeItem(at: folder)
    }

    private static func settings(in folder: URL) throws -> [String: String] {
        let text = try String(
            contentsOf: folder.appending(path: "services/env"), encoding: .utf8)
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            let parts = line.split(separator: "=", maxSplits: 1)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
        return Dictionary(pairs, uniquingKeysWith: { _, last in last })
    }
}
