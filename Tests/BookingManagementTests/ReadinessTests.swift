import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import BookingManagement

@Suite("Whether the process is ready", .timeLimit(.minutes(1)))
struct ReadinessTests {
    /// Runs `body` while `readiness` runs its checks.
    private func with<Result: Sendable>(
        _ readiness: Readiness, _ body: @Sendable (Readiness) async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await readiness.run() }
            let result = try await body(readiness)
            group.cancelAll()
            return result
        }
    }

    @Test("Without checks a process is ready, even before it runs")
    func noChecks() async {
        let report = await Readiness(checks: []).report()
        #expect(report.isHealthy)
    }

    @Test("One unhealthy check makes the whole unhealthy, and says why")
    func oneUnhealthy() async throws {
        let report = try await with(
            Readiness(checks: [
                HealthCheck(name: "directory") { .healthy },
                HealthCheck(name: "broker") { .unhealthy("connection refused") },
            ])
        ) { await $0.report() }
        #expect(!report.isHealthy)
        #expect(report.entries.map(\.name) == ["directory", "broker"])
        #expect(report.entries.map(\.status) == [.healthy, .unhealthy("connection refused")])
    }

    @Test("Checks run at the same time: each waits for all others to have begun")
    func concurrent() async throws {
        let gate = Gate(expected: 4)
        let checks = (0..<4).map { number in
            HealthCheck(name: "\(number)") {
                await gate.pass()
                return .healthy
            }
        }
        let report = try await with(Readiness(checks: checks)) { await $0.report() }
        #expect(report.isHealthy)
    }

    @Test("A check that hangs is unhealthy after its time, its neighbours are not")
    func hanging() async throws {
        let release = Gate(expected: 2)
        let readiness = Readiness(
            checks: [
                HealthCheck(name: "stuck") {
                    // Not even cancellation moves it.
                    await release.pass()
                    return .healthy
                },
                HealthCheck(name: "fine") { .healthy },
            ], checkTimeout: .milliseconds(50), reportLifetime: .zero)
        try await with(readiness) { readiness in
            let first = await readiness.report()
            #expect(
                first.entries.map(\.status) == [
                    .unhealthy("no answer within 0.05 seconds"), .healthy,
                ])
            // The stuck one is not started again, and nobody waits for it a second time.
            let second = await readiness.report()
            #expect(second == first)
            await release.pass()
            // Now it comes back, and the next rounds ask it again.
            var last = await readiness.report()
            let deadline = ContinuousClock.now.advanced(by: .seconds(20))
            while !last.isHealthy, .now < deadline { last = await readiness.report() }
            #expect(last.isHealthy)
        }
    }

    @Test("A flood of questions while a check runs costs one run")
    func flood() async throws {
        let runs = Atomic<Int>(0)
        let gate = Gate(expected: 2)
        let readiness = Readiness(
            checks: [
                HealthCheck(name: "counted") {
                    runs.add(1, ordering: .relaxed)
                    await gate.pass()
                    return .healthy
                }
            ], checkTimeout: .seconds(30), reportLifetime: .seconds(3600))
        let reports = try await with(readiness) { readiness in
            await withTaskGroup(of: HealthReport.self) { group in
                for _ in 0..<500 { group.addTask { await readiness.report() } }
                group.addTask {
                    await gate.pass()
                    return await readiness.report()
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(reports.count == 501)
        #expect(!reports.contains { !$0.isHealthy })
        #expect(runs.load(ordering: .relaxed) == 1)
    }

    @Test("A report that has grown old is made anew")
    func lifetime() async throws {
        let runs = Atomic<Int>(0)
        let readiness = Readiness(
            checks: [
                HealthCheck(name: "counted") {
                    runs.add(1, ordering: .relaxed)
                    return .healthy
                }
            ], reportLifetime: .zero)
        try await with(readiness) { readiness in
            for _ in 0..<3 { _ = await readiness.report() }
        }
        #expect(runs.load(ordering: .relaxed) == 3)
    }

    @Test("Whoever waits when the checks stop is told so, and so is whoever comes later")
    func ending() async throws {
        let begun = Gate(expected: 2)
        let readiness = Readiness(
            checks: [
                HealthCheck(name: "slow") {
                    await begun.pass()
                    try? await Task.sleep(for: .seconds(3600))
                    return .healthy
                }
            ], checkTimeout: .seconds(3600))
        let waiting = try await withThrowingTaskGroup(of: HealthReport?.self) { group in
            let runner = ServiceGroup(services: [readiness], logger: Logger(label: "test"))
            group.addTask {
                try await runner.run()
                return nil
            }
            group.addTask { await readiness.report() }
            await begun.pass()
            await runner.triggerGracefulShutdown()
            var reports: [HealthReport] = []
            for try await report in group { report.map { reports.append($0) } }
            return reports
        }
        let stopping = HealthStatus.unhealthy("not checked: the process is stopping")
        #expect(waiting.map { $0.entries.map(\.status) } == [[stopping]])
        #expect(await readiness.report().entries.map(\.status) == [stopping])
    }
}

/// Lets nobody pass until the expected number has come.
final class Gate: Sendable {
    private struct State {
        var missing: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(expected: Int) { state = Mutex(State(missing: expected)) }

    func pass() async {
        await withCheckedContinuation { continuation in
            let released = state.withLock { state in
                state.missing -= 1
                state.waiting.append(continuation)
                guard state.missing <= 0 else { return [CheckedContinuation<Void, Never>]() }
                defer { state.waiting = [] }
                return state.waiting
            }
            for waiter in released { waiter.resume() }
        }
    }
}
