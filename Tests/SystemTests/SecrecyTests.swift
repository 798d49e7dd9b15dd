import ChildProcesses
import Foundation
import Testing

extension SystemTests {
    @Suite("What a program is given") struct SecrecyTests {
        /// A program of the running system, as any process of the same user sees it.
        private struct Running {
            let pid: Int
            let words: [String]
            let environment: [String: String]

            /// `nil` for a process that is none of ours, or has just ended.
            init?(pid: Int) {
                func strings(_ name: String) -> [String] {
                    let bytes =
                        (try? Data(contentsOf: URL(filePath: "/proc/\(pid)/\(name)"))) ?? Data()
                    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                }
                words = strings("cmdline")
                guard words.first == TestSystem.binary else { return nil }
                self.pid = pid
                let pairs = strings("environ").map { variable in
                    let parts = variable.split(separator: "=", maxSplits: 1)
                    return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
                }
                environment = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
            }

            /// The command, and the file of settings that it was given in whatever way.
            var role: String {
                let flag = words.firstIndex(of: "--config").map { words[$0 + 1] }
                let file = flag ?? environment["BOXOFFICE_CONFIG"] ?? ""
                return "\(words[1]) \(file.split(separator: "/").last ?? "")"
            }

            /// All that others can read of it.
            var text: String { (words + environment.map { "\($0)=\($1)" }).joined(separator: "\n") }
        }

        /// The programs that were told of a file in `folder`.
        private static func programs(of folder: URL) throws -> [Running] {
            try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int($0) }
                .compactMap(Running.init).filter { $0.text.contains(folder.path) }
        }

        @Test(
            "infra/run gives each program its own secrets, by a file, and none by words or environment"
        )
        func run() async throws {
            let folder = FileManager.default.temporaryDirectory
                .appending(path: "boxoffice-system-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let infra = PrivateServices.repository.appending(path: "infra")
            let cleanUp = try CleanUp(folder: folder, services: infra.appending(path: "services"))
            let ports = try FreePorts.base(count: 20)
            var environment = PrivateServices.toolEnvironment
            environment["BOXOFFICE_BIN"] = TestSystem.binary
            environment["BOXOFFICE_PASSWORD_COST"] = "10"
            // What the caller has in his own environment, and nobody else's business.
            for name in [
                "BOXOFFICE_SECRET", "BOXOFFICE_BROKER_URL", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY",
            ] {
                environment[name] = "caller's own"
            }
            // By this the cleaning finds it.
            environment["BOXOFFICE_TEST_SERVICES_DIR"] = "\(folder.path)/caller's own"
            let process = try RunningProcess(
                "run",
                arguments: [
                    infra.appending(path: "run").path, "--dir", "\(folder.path)/services",
                    "--port-base", "\(ports)", "--port", "\(ports + 10)", "--management-port",
                    "\(ports + 11)", "--worker-management-port", "\(ports + 12)",
                ], environment: environment, log: folder.appending(path: "run.log"))
            try cleanUp.add(process.pid)
            do {
                try await eventually("the system runs", within: .seconds(90)) {
                    if let ended = process.ended { throw TestFailure("infra/run ended: \(ended)") }
                    return process.lastLines(100).contains("Ready: ")
                }
                try Self.check(folder)
            } catch {
                print("--- the end of infra/run\n\(process.lastLines(40))")
                try await Self.end(process, folder)
                try await cleanUp.run()
                throw error
            }
            try await Self.end(process, folder)
            try await cleanUp.run()
        }

        /// Ends infra/run, and what it started: the servers are the cleaning's.
        private static func end(_ process: RunningProcess, _ folder: URL) async throws {
            let programs = try programs(of: folder)
            await process.end()
            for program in programs { kill(pid_t(program.pid), SIGKILL) }
        }

        private static func check(_ folder: URL) throws {
            let file = try String(
                contentsOf: folder.appending(path: "services/secrets"), encoding: .utf8)
            let secrets = file.split(separator: "\n").map {
                $0.split(separator: "=").map(String.init)
            }
            #expect(secrets.count >= 10 && secrets.allSatisfy { $0[1].count >= 32 })
            let programs = try programs(of: folder)
            #expect(
                Set(programs.map(\.role)) == [
                    "serve ingress.json", "scale worker.json", "work worker.json",
                ])
            for program in programs {
                for secret in secrets {
                    #expect(!program.text.contains(secret[1]), "\(program.role) shows \(secret[0])")
                }
                #expect(!program.text.contains("caller's own"), "\(program.role)")
                #expect(
                    program.environment["BOXOFFICE_PASSWORD_COST"]
                        == (program.words[1] == "work" ? nil : "10"))
            }
            for (role, others) in [
                ("ingress", ["worker", "operator"]), ("worker", ["ingress", "operator"]),
            ] {
                let settings = folder.appending(path: "services/settings/\(role).json")
                let text = try String(contentsOf: settings, encoding: .utf8)
                let foreign = secrets.filter { secret in
                    others.contains { secret[0].hasPrefix($0) } || secret[0].hasPrefix("superuser")
                        || ["database_password", "broker_password"].contains(secret[0])
                        || (role == "worker" && secret[0] == "boxoffice_secret")
                }
                #expect(foreign.count >= 7)
                for secret in foreign {
                    #expect(!text.contains(secret[1]), "\(role).json: \(secret[0])")
                }
                let mode = try FileManager.default.attributesOfItem(atPath: settings.path)
                #expect(mode[.posixPermissions] as? Int == 0o600)
            }
        }
    }
}
