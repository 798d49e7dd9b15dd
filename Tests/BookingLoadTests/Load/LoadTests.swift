import Logging
import NIOCore
import Testing

@testable import BookingLoad

@Suite("A load from beginning to end", .timeLimit(.minutes(1)))
struct LoadTests {
    private func report(
        of behaviour: PretendIngress.Behaviour, _ configuration: LoadConfiguration,
        check: (PretendIngress) -> Void = { _ in }
    ) async throws -> LoadReport {
        try await PretendIngress.withIngress(behaviour) { url, ingress in
            var configuration = configuration
            configuration.urls = [url]
            let load = Load(configuration, run: "test", logger: Logger(label: "test"))
            let report = try await load.run(every: .seconds(1)) { _ in }
            check(ingress)
            return report
        }
    }

    /// A quick run of the closed loop.
    private func configuration(
        users: Int = 4, milliseconds: Int = 200, patience: Duration = .seconds(5)
    ) -> LoadConfiguration {
        LoadConfiguration(
            users: users, duration: .milliseconds(milliseconds), warmup: .milliseconds(50),
            buyers: 2, patience: patience)
    }

    @Test("The closed loop books under a fresh key each time and waits for the outcome")
    func closedLoop() async throws {
        let report = try await report(of: .confirms, configuration()) { ingress in
            #expect(ingress.keys == ingress.bookings)
            #expect(ingress.keys > 8)
        }
        #expect(report.isClean)
        #expect(report.outcomes.keys.map(\.status) == ["confirmed"])
        #expect(report.latencies.map(\.kind) == [.outcome])
        #expect(report.latencies[0].count == report.outcomes.values.reduce(0, +))
        #expect(report.faults.isEmpty)
        #expect(report.refusals.isEmpty)
    }

    @Test("What is ended early reports what was measured until then, and cleans up as always")
    func endedEarly() async throws {
        let report = try await PretendIngress.withIngress(.confirms) { url, ingress in
            var configuration = configuration(milliseconds: 55_000)
            configuration.urls = [url]
            let stop = LoadStop()
            let load = Load(
                configuration, run: "test", stop: stop, logger: Logger(label: "test"))
            return try await withThrowingTaskGroup(of: LoadReport?.self) { group in
                group.addTask { try await load.run(every: .seconds(1)) { _ in } }
                group.addTask {
                    while ingress.bookings < 100 { try await Task.sleep(for: .milliseconds(1)) }
                    try await Task.sleep(for: .milliseconds(100))
                    stop.ask()
                    stop.ask()
                    return nil
                }
                for try await case let report? in group {
                    #expect(ingress.removals == 3)
                    return report
                }
                throw CancellationError()
            }
        }
        #expect(report.isClean)
        #expect(report.planned == .seconds(55))
        #expect(report.configuration.duration < .seconds(50))
        #expect(report.latencies[0].count > 0)
        #expect(report.latencies[0].perSecond > 0)
        #expect(report.text.contains("ended early instead of after 55 s"))
    }

    @Test("What is ended while it signs people up has measured nothing")
    func endedAtOnce() async throws {
        let stop = LoadStop()
        stop.ask()
        try await PretendIngress.withIngress(.confirms) { url, ingress in
            var configuration = configuration()
            configuration.urls = [url]
            let load = Load(configuration, stop: stop, logger: Logger(label: "test"))
            let error = try await #require(throws: LoadError.self) {
                try await load.run(every: .seconds(1)) { _ in }
            }
            #expect(error.code == .stopped)
            #expect(ingress.bookings == 0)
        }
    }

    @Test("Connections and accounts come from many addresses of this machine")
    func addresses() async throws {
        var configuration = configuration(users: 120)
        configuration.buyers = 201
        let report = try await report(of: .confirms, configuration) { ingress in
            // Fifty connections from each, and two hundred accounts.
            let own = (0..<3).compactMap { LoopbackAddress.text($0, to: "127.0.0.1") }
            #expect(ingress.clients.isSuperset(of: own))
        }
        #expect(report.isClean)
    }

    @Test("Polling times the 202 and the outcome, and every second request reads if asked to")
    func polling() async throws {
        var configuration = configuration()
        configuration.style = .poll
        configuration.reads = 0.5
        let report = try await report(of: .confirms, configuration)
        #expect(report.isClean)
        #expect(report.latencies.map(\.kind) == [.accepted, .outcome, .read])
        for latency in report.latencies { #expect(latency.count > 0, "\(latency.kind)") }
        #expect(report.latencies[0].min <= report.latencies[1].min)
        #expect(report.faults.isEmpty)
    }

    @Test("The open loop sends exactly what is due, over as many connections as it has")
    func openLoop() async throws {
        var configuration = configuration(milliseconds: 500)
        configuration.pace = .open(rate: 200)
        let report = try await report(of: .confirms, configuration)
        #expect(report.outcomes == [LoadOutcome(status: "confirmed"): 100])
        #expect(report.latencies.map(\.kind) == [.outcome, .sending])
        #expect(report.leftOut == 0)
    }

    @Test("What waits for a connection while the server stalls has waited since it was due")
    func noCoordinatedOmission() async throws {
        var configuration = configuration(users: 1, milliseconds: 400)
        configuration.warmup = .zero
        configuration.pace = .open(rate: 100)
        let report = try await report(of: .stalls(.milliseconds(300)), configuration)
        let outcome = try #require(report.latencies.first)
        #expect(outcome.count == 40)
        #expect(outcome.max >= .milliseconds(290))
        // Thirty of the forty fell due while nothing was answered.
        #expect(outcome.p50 > .milliseconds(80))
    }

    @Test("409 is an outcome")
    func soldOut() async throws {
        let report = try await report(of: .soldOut, configuration())
        #expect(report.isClean)
        #expect(report.outcomes.keys.map(\.reason) == ["sold-out"])
    }

    @Test("503 is a refusal, counted with and without Retry-After")
    func overloaded() async throws {
        let report = try await report(of: .overloaded, configuration())
        let refusals = try #require(report.refusals[Refusal(status: 503, slug: "overloaded")])
        #expect(refusals.withoutRetryAfter > 0)
        #expect(refusals.withoutRetryAfter < refusals.all)
        #expect(report.isClean)
    }

    @Test("What was accepted and then forgotten is lost")
    func forgotten() async throws {
        let report = try await report(of: .forgets, configuration())
        #expect(report.losses[.unknown].map { $0 > 0 } == true)
        #expect(!report.isClean)
    }

    @Test("What has no outcome when the patience ends is lost, and nothing is waited for longer")
    func hesitant() async throws {
        let report = try await report(
            of: .hesitates, configuration(patience: .milliseconds(100)))
        #expect(report.losses == [.undecided: 4])
        #expect(report.outcomes.isEmpty)
    }

    @Test("Connections that are cut off are counted and made anew")
    func cutOff() async throws {
        let report = try await report(of: .hangsUp, configuration())
        #expect(report.faults[.closed].map { $0 > 0 } == true)
        #expect(report.outcomes[LoadOutcome(status: "confirmed")].map { $0 > 0 } == true)
        #expect(report.isClean)
    }

    @Test("Many connections are made")
    func manyConnections() async throws {
        let report = try await report(of: .confirms, configuration(users: 300))
        #expect(report.isClean)
        #expect(report.faults.isEmpty)
    }

    @Test("Without an ingress it cannot be done")
    func nobody() async throws {
        let configuration = LoadConfiguration(urls: ["http://127.0.0.1:1"])
        await #expect(throws: LoadError.self) {
            try await Load(configuration, run: "test", logger: Logger(label: "test"))
                .run(every: .seconds(1)) { _ in }
        }
    }
}
