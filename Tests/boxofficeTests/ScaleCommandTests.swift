import Foundation
import Testing

@testable import boxoffice

@Suite("The fleet's program", .timeLimit(.minutes(2)))
struct ScaleCommandTests {
    /// Databases and broker are out of reach.
    private static let environment = RunningTests.environment.merging([
        "BOXOFFICE_DIRECTORY_URL": "postgresql://127.0.0.1:1/directory",
        "BOXOFFICE_BROKER_METRICS_URLS": "http://127.0.0.1:1",
        "BOXOFFICE_WORKER_NAME": "crew",
    ]) { $1 }

    @Test("With nothing to read it keeps the fewest workers, tells why, and all stop on a signal")
    func outOfReach() async throws {
        let run = try await BuiltProgram.start(
            ["scale", "--min", "2", "--max", "9"], environment: Self.environment
        ) { program in
            // Workers tell their ports, too, with their names.
            let port = try await program.capture(RunningTests.listening)
            for number in 1...2 {
                _ = try await program.capture(
                    try Regex("(management listens) .*worker=crew-\(number)"))
            }
            _ = try await program.capture(/the (queues) cannot be read, the number is held/)
            #expect(try await curl(port, "scale").contains("503"))
            let ready = try await curl(port, "readyz")
            #expect(ready.contains(#"{"name":"workers","status":"healthy"}"#))
            #expect(ready.contains(#"{"name":"queues","status":"unhealthy","detail":""#))
            #expect(try await curl(port, "metrics").contains("\nboxoffice_workers_running 2\n"))
            program.send(SIGTERM)
        }.run
        #expect(run.status == 0)
        #expect(run.error.contains("the fleet starts max=2 min=2 shards=2\n"))
        #expect(run.error.ranges(of: "a worker has ended how=\"exit status 0\"").count == 2)
    }

    @Test("Advice needs no directory, starts nobody, and is given on the management port")
    func advice() async throws {
        var environment = Self.environment
        environment["BOXOFFICE_DIRECTORY_URL"] = nil
        let run = try await BuiltProgram.start(["scale", "--advise"], environment: environment) {
            program in
            let port = try await program.capture(RunningTests.listening)
            #expect(try await curl(port, "scale").contains("503"))
            #expect(try await curl(port, "readyz").contains("workers") == false)
            program.send(SIGTERM)
        }.run
        #expect(run.status == 0)
        #expect(!run.error.contains("a worker is started"))
        let fleet = try await BuiltProgram.run(["scale"], environment: environment)
        #expect(fleet.status == 78)
        #expect(fleet.error.contains("directory-url: missing"))
    }

    @Test("Settings that contradict each other are refused by name")
    func contradictions() async throws {
        var environment = Self.environment
        environment["BOXOFFICE_MANAGEMENT_PORT"] = "65534"
        let run = try await BuiltProgram.run(
            ["scale", "--min", "3", "--max", "2"], environment: environment)
        #expect(run.status == 78)
        #expect(
            run.error.contains("workers-min, workers-max: at least 3 and at most 2 workers"))
        #expect(run.error.contains("management-port, workers-max: the last worker's"))
    }

    @Test("Addresses of brokers' metrics are lists of web addresses")
    func addresses() throws {
        #expect(
            try SettingValue.webAddresses("http://a:1,https://b/x/") == [
                "http://a:1", "https://b/x/",
            ])
        for text in ["", "a:1", "http://a,", "ftp://a", "http://", "http://a?b", "http://a b"] {
            #expect(throws: SettingRefusal.self, "\(text)") {
                try SettingValue.webAddresses(text)
            }
        }
    }
}
