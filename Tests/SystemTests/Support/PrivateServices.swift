import ChildProcesses
import Foundation

/// A PostgreSQL and a RabbitMQ of the test's own, in a folder of their own.
struct PrivateServices: Sendable {
    enum Server: String, Sendable {
        case broker, postgres
    }

    let folder: URL
    /// The first of the ports; five of the first ten are for the programs under test.
    let portBase: Int
    /// What `infra/services` wrote for programs that use them.
    let settings: [String: String]
    let cleanUp: CleanUp

    /// The repository, found from where this file stands in it.
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static let program = repository.appending(path: "infra/services")

    /// Starts both, the broker with one node or three, lets `body` use them, stops both and deletes
    /// the folder.
    static func with(
        brokers: Int = 1, _ body: (PrivateServices) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "boxoffice-system-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let cleanUp = try CleanUp(folder: folder, services: program)
        let portBase = try FreePorts.base(count: 10 * brokers)
        do {
            try await services(
                ["start", "--brokers", String(brokers)], folder: folder, portBase: portBase)
            let services = PrivateServices(
                folder: folder, portBase: portBase, settings: try settings(in: folder),
                cleanUp: cleanUp)
            try await body(services)
        } catch {
            try? await cleanUp.run()
            throw error
        }
        try await cleanUp.run()
    }

    /// Kills a server, all its processes at once.
    func kill(_ server: Server) async throws {
        try await Self.services(["kill", server.rawValue], folder: folder)
    }

    /// Kills one node of the broker.
    func kill(broker node: Int) async throws {
        try await Self.services(["kill", "broker", String(node)], folder: folder)
    }

    /// Cuts one node of the broker off from the others.
    func cutOff(broker node: Int) async throws {
        try await Self.services(["partition", String(node)], folder: folder)
    }

    /// Lets a node that was cut off find the others, and returns when all are together.
    func heal() async throws {
        try await Self.services(["heal"], folder: folder)
    }

    /// Switches the broker's memory alarm, which blocks all publishers.
    func alarm(_ isOn: Bool) async throws {
        try await Self.services(["alarm", isOn ? "on" : "off"], folder: folder)
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
        var arguments = [program.path] + words
        arguments += ["--dir", folder.appending(path: "services").path]
        if let portBase { arguments += ["--port-base", String(portBase)] }
        try await RunningProcess.run(
            arguments, environment: toolEnvironment, folder: folder, within: .seconds(150))
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
