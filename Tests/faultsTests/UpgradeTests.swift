import ArgumentParser
import BookingHistory
import ChildProcesses
import Foundation
import Testing

@testable import faults

@Suite("Versions that take turns") struct UpgradeTests {
    @Test("All mixtures of two versions are tried, and each step changes something")
    func steps() {
        var (ingresses, workers) = (Version.before, Version.before)
        var mixtures: [[Version]] = []
        for step in DrillSession.upgradeSteps {
            switch step {
            case .upgradeIngresses:
                #expect(ingresses == .before)
                ingresses = .now
            case .upgradeWorkers:
                #expect(workers == .before)
                workers = .now
            case .rollBackIngresses:
                #expect(ingresses == .now)
                ingresses = .before
            case .rollBackWorkers:
                #expect(workers == .now)
                workers = .before
            default: Issue.record("\(step) changes no version")
            }
            mixtures.append([ingresses, workers])
        }
        // Forward and back, each mixture is come to by an upgrade and by a roll-back.
        #expect(mixtures.count { $0 == [.now, .before] } == 2)
        #expect(mixtures.count { $0 == [.before, .now] } == 2)
        #expect(mixtures.count { $0 == [.now, .now] } == 2)
        #expect(mixtures.last == [.before, .before])
    }

    @Test("The drill of faults leaves versions alone")
    func leftAlone() throws {
        let command = try FaultsCommand.parse(["--before", "old"])
        #expect(command.before == "old")
        for words in [
            ["--before", "old", "--short"], ["--before", "old", "--fault", "zombie"],
            ["--fault", "upgrade-workers"],
        ] {
            #expect(throws: (any Error).self) { try FaultsCommand.parse(words) }
        }
    }

    @Test("An instance that is taken out gets nothing more, and is gone once it has answered")
    func balancer() async throws {
        let balancer = Balancer()
        #expect(balancer.begin(0) == 0)
        #expect(balancer.begin(1) == 1)
        async let isOut: Void = balancer.takeOut(0)
        while balancer.begin(0) == 0 { await Task.yield() }
        // Those that it had are answered.
        for _ in 0..<balancer.open(0) { balancer.end(0) }
        try await isOut
        #expect(balancer.begin(2) == 1)
        balancer.putBack()
        #expect(balancer.begin(2) == 0)
    }

    @Test("What should not be in such a run is told")
    func verdict() throws {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func incidents(
            _ metrics: String = "", takeovers: Int = 0, troubles: [String: Int] = [:],
            idle: [String] = []
        ) -> [String] {
            var totals = MetricTotals()
            totals.take(metrics, of: 1)
            return UpgradeVerdict(
                totals: totals, takeovers: takeovers, troubles: troubles, idle: idle,
                folder: folder
            ).incidents
        }
        try "2026-01-31T12:34:56.789Z INFO     fine\n"
            .write(to: folder.appending(path: "worker-1.log"), atomically: true, encoding: .utf8)
        #expect(incidents("boxoffice_dead_letters_total 0").isEmpty)
        #expect(incidents(#"boxoffice_parkings_total{shard="1"} 2"#) == ["2 events parked"])
        #expect(incidents("boxoffice_dead_letters_total 1") == ["1 dead letters"])
        #expect(incidents(takeovers: 1).count == 1)
        #expect(incidents(troubles: ["POST 503 overloaded": 3]) == ["3 × POST 503 overloaded"])
        #expect(incidents(idle: ["worker-1 of the version before"]).count == 1)
        try "2026-01-31T12:34:56.789Z ERROR    not fine\n"
            .write(to: folder.appending(path: "worker-1.log"), atomically: true, encoding: .utf8)
        #expect(incidents() == ["worker-1.log: 2026-01-31T12:34:56.789Z ERROR    not fine"])
    }

    @Test("Trouble is what patient clients saw of it: no answer, or one of 5xx")
    func troubles() {
        var tally = Recorder.Tally()
        for (status, problem) in [
            (nil, nil), (202, nil), (409, "sold-out"), (503, "overloaded"), (500, nil),
            (503, "overloaded"),
        ] as [(Int?, String?)] {
            tally.judge("POST", status, problem)
        }
        #expect(
            tally.troubles == [
                "POST without an answer": 1, "POST 503 overloaded": 2, "POST 500": 1,
            ])
    }
}
