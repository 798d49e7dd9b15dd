import BookingLoad
import Foundation
import Testing

extension SystemTests {
    /// The README's way to change secrets, step by step, with bookings all the while.
    @Suite("Secrets that take turns") struct RotationTests {
        private static let new = "9d4be07af3c81526e0b97d3fa46c58121f7be3905ad4c86e27130bf9a8d5c64e"

        /// Which secrets are in the lists, while a step is taken.
        private enum Step: CaseIterable {
            case addNew, useNew, dropOld

            func list(_ old: String) -> String {
                switch self {
                case .addNew: "\(old),\(new)"
                case .useNew: "\(new),\(old)"
                case .dropOld: new
                }
            }
        }

        /// What a program is told when a step is taken.
        private static func settings(
            _ step: Step, secret: String, commands: String
        ) -> [String: String] {
            [
                "BOXOFFICE_TOKEN_SECRETS": step.list(secret),
                "BOXOFFICE_ID_SECRETS": step.list(secret),
                "BOXOFFICE_COMMAND_SECRETS": step.list(commands),
                "BOXOFFICE_COMMAND_AUTHENTICATION": "require",
            ]
        }

        @Test(
            "Sessions and ids hold while their secret is in the list, and nothing is booked twice ever"
        )
        func rotation() async throws {
            try await TestSystem.with { system in
                let file = system.services.folder.appending(path: "services/settings/ingress.json")
                let written = try JSONDecoder().decode(
                    [String: String].self, from: Data(contentsOf: file))
                let secret = try #require(written["secret"])
                let commands = try #require(written["command-secrets"])
                let sale = try await Sale(system)
                let first = try #require(try await sale.pursue("first").ids.first)
                var keys = ["first"]
                for step in Step.allCases {
                    let settings = Self.settings(step, secret: secret, commands: commands)
                    for program in TestSystem.Program.allCases {
                        system.send(SIGTERM, to: program)
                        try await system.waitForEnd(of: program, within: .seconds(30))
                        try system.launch(program, with: settings)
                        try await system.waitUntilReady(program)
                        guard step != .dropOld else { continue }
                        for instance in 0..<2 {
                            let key = "\(step) \(program.name) \(instance)"
                            keys.append(key)
                            try #require(
                                try await sale.pursue(key, at: instance).outcome.word == "confirmed"
                            )
                            try await Self.check(first, of: sale, at: instance)
                        }
                    }
                }
                // The first session and id are gone with their secret, and the first key is not.
                let buyer = sale.crowd.buyers[0]
                let answer = try await system.client.status(of: first, as: buyer, waitSeconds: 0)
                try #require(answer.status == 401)
                let rows = try await system.database.rows("SELECT count(*) FROM booking")
                try #require(rows.compactMap { Int($0) }.reduce(0, +) == keys.count)
                try #require(try await system.database.rows("SELECT * FROM dead_letter") == [])
                try #require(try await system.database.inconsistencies() == [])
            }
        }

        /// The first booking is still there under its id, and its request is still the same one.
        private static func check(_ id: String, of sale: Sale, at instance: Int) async throws {
            let answer = try await sale.system.client.status(
                of: id, as: sale.crowd.buyers[0], waitSeconds: 0, at: instance)
            try #require(answer.status == 200)
            let again = try await sale.pursue("first", at: instance)
            try #require(again.outcome.word == "confirmed")
        }
    }
}
