import BookingLoad
import Testing

extension SystemTests {
    @Suite("One of three brokers goes")
    struct ClusterTests {
        /// The contract: the line of no event stops for longer.
        private static let pauseMax = Duration.seconds(5)

        @Test("Killed right after events were made, then another cut off: nothing is lost")
        func killAndPartition() async throws {
            try await TestSystem.with(brokers: 3) { system in
                let crowd = try await system.crowd()
                let epoch = ContinuousClock.now
                func load(
                    _ name: String, on events: [EventDocument], rate: Int = 150
                ) -> SteadyLoad {
                    SteadyLoad(
                        client: system.client, crowd: crowd, events: events, name: name, rate: rate,
                        epoch: epoch)
                }

                var events = try await system.events(crowd)
                var entries: [SteadyLoad.Entry] = []
                let oldEntries = try await survive(load("old", on: events)) {
                    try await Task.sleep(for: .seconds(1))
                    let young = try await system.events(crowd)
                    events += young
                    entries += try await survive(load("young", on: young, rate: 60)) {
                        try await Task.sleep(for: .milliseconds(100))
                        try await system.services.kill(broker: 1)
                        try await Task.sleep(for: .seconds(3))
                    }
                    try await system.services.start()
                    try await recovery(of: system)
                }
                let lateEntries = try await survive(load("late", on: events)) {
                    try await system.services.cutOff(broker: 2)
                    try await Task.sleep(for: .seconds(4))
                    try await system.services.heal()
                    try await recovery(of: system)
                }
                entries += oldEntries + lateEntries
                try await Aftermath(system: system, crowd: crowd, events: events, entries: entries)
                    .check()
            }
        }

        private func recovery(of system: TestSystem) async throws {
            for program in TestSystem.Program.allCases { try await system.waitUntilReady(program) }
            try await Task.sleep(for: .seconds(1))
        }

        /// Lets a load run during `chaos`, and checks that none of its events stands still for long.
        private func survive(
            _ load: SteadyLoad, chaos: () async throws -> Void
        ) async throws -> [SteadyLoad.Entry] {
            let entries = try await load.run(during: chaos)
            let pause = entries.longestPause
            print("\(load.name) events: \(entries.count) requests, longest pause \(pause)")
            try #require(pause < Self.pauseMax)
            return entries
        }
    }
}

extension [SteadyLoad.Entry] {
    /// The longest time in which no request for one of the events was accepted.
    fileprivate var longestPause: Duration {
        let lines = Dictionary(grouping: self, by: \.event.id)
        let pauses = lines.values.flatMap { line in
            let accepted = line.compactMap(\.record.acceptedAt).sorted()
            return zip(accepted, accepted.dropFirst()).map { $1 - $0 }
        }
        return pauses.max() ?? .zero
    }
}
