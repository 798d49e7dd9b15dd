import ChildProcesses
import FaultPoints
import Foundation

/// Faults that hit workers and ingress instances.
extension Scene {
    private static let fencedCounter = "boxoffice_fenced_batches_total"
    /// How long a worker that was killed stays away, for the others to take over.
    private static let absence = Duration.seconds(1)
    private static let fleetMin = 1
    private static let fleetMax = 4

    func killOwner(
        at point: FaultPoint, _ random: inout SeededGenerator
    ) async throws -> String {
        let shard = pickSale(&random).shard
        let victim = try await owner(of: shard)
        let trap = try arm("kill", point, of: victim)
        do {
            try await fleet.waitForDeath(of: victim, within: FaultLimits.armedMax)
        } catch {
            try? FileManager.default.removeItem(at: trap)
            return "\(victim.name) never came to \(point.rawValue)"
        }
        try await Task.sleep(for: Self.absence)
        try await fleet.start(victim)
        return "\(victim.name), owner of shard \(shard)"
    }

    /// Stops an owner just before a commit and lets it go on, to find that it is no owner any more.
    func freezeOwner(
        for time: Duration, _ random: inout SeededGenerator
    ) async throws -> String {
        let shard = pickSale(&random).shard
        let victim = try await owner(of: shard)
        guard let pid = await fleet.pid(of: victim) else { return "\(victim.name) is not there" }
        await fleet.scrape()
        let before = await fleet.totals.count(Self.fencedCounter, in: pid)
        let trap = try arm("stop", .beforeCommit, of: victim)
        do {
            try await eventually("\(victim.name) is frozen", within: FaultLimits.armedMax) {
                Self.isStopped(pid)
            }
        } catch {
            try? FileManager.default.removeItem(at: trap)
            return "\(victim.name) never came to a commit"
        }
        try await Task.sleep(for: time)
        await fleet.send(SIGCONT, to: victim)
        let wasRefused: Void? = try? await eventually(
            "its late commit is refused", within: .seconds(3), every: .milliseconds(200)
        ) {
            await fleet.scrape()
            return await fleet.totals.count(Self.fencedCounter, in: pid) > before
        }
        let end = wasRefused == nil ? "no late commit was refused" : "its late commit was refused"
        return "\(victim.name), owner of shard \(shard); \(end)"
    }

    func restartAll() async throws -> String {
        for number in 1...fleet.plan.workers {
            try await fleet.stop(.worker(number))
            try await fleet.start(.worker(number))
        }
        return "\(fleet.plan.workers) workers"
    }

    func scale() async throws -> String {
        var size = fleet.plan.workers
        for wanted in [Self.fleetMin, Self.fleetMax, Self.fleetMin, fleet.plan.workers] {
            while size > wanted {
                try await fleet.stop(.worker(size))
                size -= 1
            }
            let added = (size + 1)..<(max(wanted, size) + 1)
            for number in added { try await fleet.launch(.worker(number)) }
            for number in added { try await fleet.waitUntilReady(.worker(number)) }
            size = wanted
            try await Task.sleep(for: .seconds(2))
        }
        return "\(Self.fleetMin), \(Self.fleetMax), \(Self.fleetMin), \(fleet.plan.workers)"
    }

    func killIngress(_ random: inout SeededGenerator) async throws -> String {
        let victim = Program.ingress(Int.random(in: 1...Program.ingressCount, using: &random))
        try await fleet.kill(victim)
        try await Task.sleep(for: .milliseconds(500))
        try await fleet.start(victim)
        return victim.name
    }

    /// Makes the file that the program obeys when it passes the point.
    private func arm(_ what: String, _ point: FaultPoint, of program: Program) throws -> URL {
        let trap = fleet.plan.faults(of: program).appending(path: "\(what)-\(point.rawValue)")
        try Data().write(to: trap)
        return trap
    }

    private static func isStopped(_ pid: Int32) -> Bool {
        let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        return stat?.split(separator: ")").last?.split(separator: " ").first == "T"
    }
}
