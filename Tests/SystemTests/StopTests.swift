import BookingLoad
import Foundation
import Testing

extension SystemTests {
    @Suite("Stopping")
    struct StopTests {
        @Test("SIGTERM under load ends every program in order, and nothing is lost")
        func graceful() async throws {
            try await TestSystem.with { system in
                try await system.surviveUnderLoad("stop") {
                    for program in TestSystem.Program.allCases + [.worker] {
                        system.send(SIGTERM, to: program)
                        let ending = try await system.waitForEnd(of: program, within: .seconds(25))
                        try #require(ending == .exited(0), "\(program.name)")
                        try await system.start(program)
                    }
                }
            }
        }

        @Test("A second SIGTERM ends a worker at once that waits for a frozen database")
        func atOnce() async throws {
            try await TestSystem.with { system in
                let sale = try await Sale(system)
                try #require(try await sale.pursue("before").outcome.word == "confirmed")
                let backends = try await system.database.rowsAsSuperuser(
                    "SELECT pid FROM pg_stat_activity WHERE usename = 'boxoffice'")
                let pids = backends.compactMap { pid_t($0) }
                try #require(!pids.isEmpty)
                for pid in pids { try #require(kill(pid, SIGSTOP) == 0) }
                defer { for pid in pids { kill(pid, SIGCONT) } }
                try #require(try await sale.submit("frozen").status == 202)
                // Until the worker has written its batch and waits for the answer.
                try await Task.sleep(for: .milliseconds(200))
                system.send(SIGTERM, to: .worker)
                try await Task.sleep(for: .milliseconds(200))
                system.send(SIGTERM, to: .worker)
                let ending = try await system.waitForEnd(of: .worker, within: .seconds(1))
                try #require(ending == .exited(128 + SIGTERM))

                for pid in pids { kill(pid, SIGCONT) }
                try await system.start(.worker)
                try #require(try await sale.pursue("frozen").outcome.word == "confirmed")
                try #require(try await system.database.inconsistencies() == [])
            }
        }
    }
}
