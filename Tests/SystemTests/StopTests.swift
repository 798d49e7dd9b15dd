import BookingLoad
import ChildProcesses
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
                try await system.database.whileFrozen {
                    try #require(try await sale.submit("frozen").status == 202)
                    // Until the worker has it in hand and waits for the database.
                    try await Task.sleep(for: .milliseconds(200))
                    system.send(SIGTERM, to: .worker)
                    try await Task.sleep(for: .milliseconds(200))
                    system.send(SIGTERM, to: .worker)
                    let ending = try await system.waitForEnd(of: .worker, within: .seconds(1))
                    try #require(ending == .exited(128 + SIGTERM))
                }
                try await system.start(.worker)
                try #require(try await sale.pursue("frozen").outcome.word == "confirmed")
                try #require(try await system.database.inconsistencies() == [])
            }
        }
    }
}
