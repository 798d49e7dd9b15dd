import Foundation
import Synchronization
import Testing

@testable import boxoffice

@Suite("Open files", .timeLimit(.minutes(1)))
struct FileNeedTests {
    @Test("What is needed is the sum of its parts and a reserve; the message names each")
    func message() {
        var need = FileNeed()
        need.add(1001, for: "http-connections")
        need.add(connections: 16, for: "shard-connections")
        #expect(need.total == 1001 + 32 + FileNeed.reserve)
        #expect(
            need.failure(limit: 1024).description == """
                1545 files may be open at a time, and the system allows 1024: 1001 for \
                http-connections, 32 for shard-connections, 512 in reserve. Allow more (ulimit -n, \
                LimitNOFILE), or lower a setting
                """)
    }

    @Test("A program that could run out of files does not start, and says why")
    func refusesToStart() async throws {
        for (command, part) in [
            ("serve", "16033 for http-connections"), ("work", "8 for shard-connections"),
            ("scale", "2 for the shard databases"),
        ] {
            let run = try await limited(to: 256, [command]) { $0 }.run
            #expect(run.status == 1)
            #expect(run.error.contains("and the system allows 256: "))
            #expect(run.error.contains(part), "\(run.error)")
        }
    }

    @Test("The limit that shells set is raised as far as the system allows")
    func raisesTheLimit() async throws {
        let run = try await limited(
            "-S", to: 64, ["serve"], ["BOXOFFICE_HTTP_CONNECTIONS": "100"]
        ) { program in
            let url = try await program.capture(/management listens.*(http:\/\/[0-9.:]+)/)
            #expect(try await curl(Self.port(of: url), "livez").contains("200 OK"))
            program.send(SIGTERM)
        }.run
        #expect(run.status == 0)
    }

    @Test("With every connection to the API taken, the management port answers")
    func managementGetsAConnection() async throws {
        let most = 50
        let run = try await limited(
            to: FileNeed.reserve + 128, ["serve"], ["BOXOFFICE_HTTP_CONNECTIONS": "\(most)"]
        ) { program in
            let api = try await program.capture(/the API listens.*(http:\/\/[0-9.:]+)/)
            let management = try await program.capture(/management listens.*(http:\/\/[0-9.:]+)/)
            let sockets = try (0..<4 * most).map { _ in try Self.connect(Self.port(of: api)) }
            defer { for socket in sockets { close(socket) } }
            for _ in 1...5 {
                let answer = try await curl(Self.port(of: management), "livez")
                #expect(answer.contains("200 OK"))
            }
            program.send(SIGTERM)
        }.run
        #expect(run.status == 0)
        #expect(!run.error.contains("Fatal"))
    }

    /// Runs the program under a limit on its open files, soft and hard unless `which` says otherwise.
    private func limited<Result>(
        _ which: String = "", to files: Int, _ arguments: [String],
        _ settings: [String: String] = [:],
        _ body: (RunningProgram) async throws -> Result
    ) async throws -> (result: Result, run: BuiltProgram.Run) {
        let script = "ulimit \(which) -n \(files) && exec \"$@\""
        return try await BuiltProgram.start(
            ["-c", script, "bash", try BuiltProgram.path()] + arguments,
            environment: CrashTests.nowhere.merging(settings) { $1 }, executable: "/bin/bash", body)
    }

    private static func port(of url: String) -> String {
        url.split(separator: ":").last.map(String.init) ?? ""
    }

    private static func connect(_ port: String) throws -> Int32 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = try #require(UInt16(port)).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
        return socket
    }
}
