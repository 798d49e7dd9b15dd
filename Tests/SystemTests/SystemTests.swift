import BookingLoad
import Testing

/// The built program, in processes of its own, seen through its public API and in the database.
///
/// One after the other: each uses most of the machine, and some measure time.
@Suite(.serialized, .timeLimit(.minutes(4)))
enum SystemTests {}

extension TestSystem {
    /// An organizer and some buyers, told from those of other tests by nothing, since each test has
    /// a system of its own.
    func crowd(buyers: Int = 20) async throws -> Crowd {
        try await Crowd.signUp(buyers: buyers, run: "system", client: client)
    }

    /// Events with some ticket types each: one that sells out soon, one later, one never.
    func events(_ crowd: Crowd) async throws -> [EventDocument] {
        var events: [EventDocument] = []
        for (number, capacities) in [[40, 60], [700], [100_000, 100_000, 500]].enumerated() {
            events.append(
                try await client.createEvent(
                    title: "Event \(number)", capacities: capacities, organizer: crowd.organizer))
        }
        return events
    }

    /// Lets a load run during `chaos`, and afterwards checks that nothing came to harm.
    func surviveUnderLoad(_ name: String, chaos: () async throws -> Void) async throws {
        let crowd = try await crowd()
        let events = try await events(crowd)
        let load = SteadyLoad(client: client, crowd: crowd, events: events, name: name)
        let start = ContinuousClock.now
        let entries = try await load.run {
            // So that chaos finds something under way, and leaves something to be done.
            try await Task.sleep(for: .seconds(1))
            try await chaos()
            try await Task.sleep(for: .seconds(2))
        }
        let took = start.duration(to: .now)
        let accepted = entries.count { $0.acceptedID != nil }
        let retries = entries.reduce(into: [String: Int]()) { sum, entry in
            sum.merge(entry.record.retries, uniquingKeysWith: +)
        }
        print("\(name): \(accepted) accepted in \(took), sent again after: \(retries)")
        try #require(accepted > 200, "a load worth the name")
        try await Aftermath(system: self, crowd: crowd, events: events, entries: entries).check()
    }
}
