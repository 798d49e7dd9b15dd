import Foundation
import Testing

extension SystemTests {
    @Suite("What was accepted survives")
    struct CrashTests {
        /// How long a worker lives between two kills: in every other life counted from when it is
        /// ready, else from when it was started.
        private static let lives: [Duration] = [
            .milliseconds(400), .milliseconds(150), .milliseconds(1103), .milliseconds(20),
            .milliseconds(707), .milliseconds(350), .milliseconds(211), .milliseconds(80),
            .milliseconds(509), .milliseconds(600),
        ]

        @Test("kill -9 of the worker, again and again, and of an ingress")
        func processes() async throws {
            try await TestSystem.with { system in
                try await system.surviveUnderLoad("processes") {
                    for (number, life) in Self.lives.enumerated() {
                        if number.isMultiple(of: 2) {
                            try await system.waitUntilReady(.worker)
                            try await Task.sleep(for: life)
                            // So that it certainly dies with deliveries taken and nothing committed.
                            try await system.database.whileFrozen {
                                try await Task.sleep(for: .milliseconds(50))
                                try await system.kill(.worker)
                            }
                        } else {
                            try await Task.sleep(for: life)
                            try await system.kill(.worker)
                        }
                        try system.launch(.worker)
                    }
                    for ingress in [TestSystem.Program.firstIngress, .secondIngress] {
                        try await system.kill(ingress)
                        try await system.start(ingress)
                    }
                    try await system.waitUntilReady(.worker)
                }
            }
        }

        @Test("kill -9 of RabbitMQ")
        func broker() async throws {
            try await TestSystem.with { system in
                try await system.surviveUnderLoad("broker") {
                    try await system.services.kill(.broker)
                    try await system.services.start()
                    for program in TestSystem.Program.allCases {
                        try await system.waitUntilReady(program)
                    }
                }
            }
        }

        @Test("kill -9 of PostgreSQL, twice")
        func postgres() async throws {
            try await TestSystem.with { system in
                try await system.database.slowDown()
                try await system.surviveUnderLoad("postgres") {
                    for _ in 1...2 {
                        try await system.services.kill(.postgres)
                        try await system.services.start()
                        for program in TestSystem.Program.allCases {
                            try await system.waitUntilReady(program)
                        }
                    }
                }
            }
        }
    }
}
