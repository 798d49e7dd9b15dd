import ChildProcesses
import Foundation

/// The drill's own PostgreSQL and RabbitMQ, by way of `infra/services`.
struct Services: Sendable {
    /// `infra/services` of the repository.
    let program: String
    /// Where the servers keep their files.
    let folder: URL
    /// What `infra/services` wrote for whoever may do everything.
    let settings: [String: String]
    /// What it wrote for the programs of each role, by their environment variables.
    let roles: [DatabaseRole: [String: String]]
    /// How many nodes the broker has.
    let brokers: Int

    enum Server: String, Sendable {
        case broker, postgres
    }

    init(program: String, folder: URL, brokers: Int) throws {
        self.program = program
        self.folder = folder
        self.brokers = brokers
        let text = try String(contentsOf: folder.appending(path: "env"), encoding: .utf8)
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            let parts = line.split(separator: "=", maxSplits: 1)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
        settings = Dictionary(pairs, uniquingKeysWith: { _, last in last })
        roles = try Dictionary(
            uniqueKeysWithValues: DatabaseRole.allCases.map { role in
                let file = folder.appending(path: "settings/\(role.rawValue).json")
                let values = try JSONDecoder().decode(
                    [String: String].self, from: Data(contentsOf: file))
                return (
                    role,
                    Dictionary(
                        uniqueKeysWithValues: values.map { name, value in
                            let variable = name.uppercased().replacing("-", with: "_")
                            return ("BOXOFFICE_\(variable)", value)
                        })
                )
            })
    }

    /// Starts whatever is down, and returns when it answers.
    func start() async throws { try await run("start") }

    /// Kills a server, all its processes at once.
    func kill(_ server: Server) async throws { try await run("kill", server.rawValue) }

    /// Kills one node of a cluster, counted from 1.
    func kill(broker node: Int) async throws { try await run("kill", "broker", "\(node)") }

    /// Cuts one node of a cluster off from the others.
    func partition(_ node: Int) async throws { try await run("partition", "\(node)") }

    /// Undoes ``partition(_:)``.
    func heal() async throws { try await run("heal") }

    /// Switches the broker's memory alarm.
    func alarm(_ isOn: Bool) async throws { try await run("alarm", isOn ? "on" : "off") }

    /// The environment of tools: the drill's, without what sets up the programs.
    static var toolEnvironment: [String: String] {
        ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("BOXOFFICE_") || $0.key == marker
        }
    }

    /// By this variable `infra/faults` finds what a drill that was killed has left behind.
    private static let marker = "BOXOFFICE_TEST_SERVICES_DIR"

    private func run(_ words: String...) async throws {
        try await RunningProcess.run(
            [program] + words + ["--quiet", "--dir", folder.path],
            environment: Self.toolEnvironment.filter { $0.key != Self.marker }, folder: folder,
            within: FaultLimits.servicesMax)
    }
}
