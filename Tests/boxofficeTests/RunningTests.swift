import Foundation
import Logging
import Testing

@testable import boxoffice

@Suite("A program that runs until it is stopped", .timeLimit(.minutes(2)))
struct RunningTests {
    /// A worker whose databases and broker are out of reach.
    static let environment = [
        "BOXOFFICE_DIRECTORY_URL": "postgresql://127.0.0.1:1/directory",
        "BOXOFFICE_SHARD_URLS": "postgresql://127.0.0.1:1/shard0,postgresql://127.0.0.1:1/shard1",
        "BOXOFFICE_BROKER_URL": "amqp://127.0.0.1:1", "BOXOFFICE_MANAGEMENT_PORT": "0",
    ]
    static var listening: Regex<(Substring, Substring)> {
        /management listens url=http:\/\/127\.0\.0\.1:([0-9]+)/
    }

    @Test(
        "Out of reach is no reason to end; it is alive, not ready, and stops on a signal",
        arguments: [SIGTERM, SIGINT])
    func outOfReach(signal: Int32) async throws {
        let run = try await BuiltProgram.start(["work"], environment: Self.environment) {
            program in
            let port = try await program.capture(Self.listening)
            let alive = try await curl(port, "livez")
            #expect(alive.contains("200"))
            let ready = try await curl(port, "readyz")
            #expect(ready.contains("503"))
            #expect(ready.contains(#"{"name":"running","status":"healthy"}"#))
            #expect(ready.contains(#"{"name":"shard-1","status":"unhealthy","detail":""#))
            let metrics = try await curl(port, "metrics")
            #expect(metrics.contains("process_open_fds"))
            program.send(signal)
        }.run
        #expect(run.status == 0)
        #expect(run.error.contains("a database is out of reach"))
        #expect(run.error.contains("stopping gracefully"))
        #expect(run.error.contains(" stopped\n"))
    }

    @Test(
        "While broker and databases are away, it says why, and seldom",
        arguments: ["work", "serve"])
    func away(command: String) async throws {
        let environment = Self.environment.merging([
            "BOXOFFICE_SECRET": Written.secret, "BOXOFFICE_HTTP_PORT": "0",
        ]) { $1 }
        let commandEnvironment = command == "serve" ? environment : Self.environment
        let run = try await BuiltProgram.start([command], environment: commandEnvironment) {
            program in
            let pattern = /The broker is away; connecting again\. … repeated ([0-9]+) times/
            _ = try await program.capture(pattern)
            program.send(SIGTERM)
        }.run
        let lines = run.error.split(separator: "\n")
        #expect(lines.count < 60, "\(run.error)")
        let written = lines.filter { !$0.contains(" … repeated ") }
        let broker = written.filter { $0.contains("The broker is away") }
        #expect(!broker.isEmpty)
        #expect(broker.allSatisfy { $0.contains("127.0.0.1:1: Connection refused") })
        let databases = written.filter { $0.contains("A Postgres connection could not be opened") }
        #expect(!databases.isEmpty)
        #expect(databases.allSatisfy { $0.contains("failed: Connection refused") })
        #expect(!run.error.contains("socket error"))
    }

    @Test("A port that is taken ends it with status 1 and the flag to change")
    func portTaken() async throws {
        _ = try await BuiltProgram.start(["work"], environment: Self.environment) { first in
            let port = try await first.capture(Self.listening)
            let second = try await BuiltProgram.run(
                ["work", "--management-port", port], environment: Self.environment)
            #expect(second.status == 1)
            #expect(
                second.error.contains(
                    "the management server cannot listen on 127.0.0.1 port \(port): the port is "
                        + "in use; stop what has it or choose another with --management-port\n"))
            first.send(SIGTERM)
        }
    }

    @Test("Logs as JSON are one object per line")
    func jsonLogs() async throws {
        let run = try await BuiltProgram.start(
            ["work", "--log-format", "json"], environment: Self.environment
        ) { program in
            _ = try await program.capture(/"message":"(management listens)"/)
            program.send(SIGTERM)
        }.run
        let lines = run.error.split(separator: "\n")
        #expect(lines.count >= 3)
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            #expect((object as? [String: Any])?["message"] is String)
        }
    }

    // That a second signal ends the process at once is tested on real processes, in SystemTests: an
    // exit test inherits this process's pipes and hangs.
}
