import ChildProcesses
import FaultPoints
import Foundation

/// Faults that hit workers and ingress instances.
extension Scene {
    private static let fencedCounter = "boxoffice_fenced_batches_total"
    /// How long a worker that was killed stays away, for the others to take over.
    private static let absence = Duration.seconds(1)
    /// How long a shard may be without an outcome when its owner stops in the middle of a batch.
    private static let interruptionMax = Duration.seconds(4)
    private static let fleetMin = 1
    private static let fleetMax = 4

    /// Has an owner end at a point, by `kill` or `trap`.
    func endOwner(
        by means: String, at point: FaultPoint, _ random: inout SeededGenerator
    ) async throws -> String {
        let (victim, shard) = try await catchOwner(&random, means, point) { victim, within in
            try await fleet.waitForDeath(of: victim, within: within)
        }
        try await Task.sleep(for: Self.absence)
        try await fleet.start(victim)
        return "\(victim.name), owner of shard \(shard)"
    }

    /// Stops an owner just before a commit and lets it go on, to find that it is no owner any more.
    func freezeOwner(
        for time: Duration, mustBeRefused: Bool, _ random: inout SeededGenerator
    ) async throws -> String {
        await fleet.scrape()
        let (victim, shard) = try await catchOwner(&random, "stop", .beforeCommit) {
            try await waitUntilFrozen($0, within: $1)
        }
        let before = await fleet.count(Self.fencedCounter, of: victim)
        try await Task.sleep(for: time)
        await fleet.send(SIGCONT, to: victim)
        let wasRefused: Void? = try? await eventually(
            "its late commit is refused", within: .seconds(3), every: .milliseconds(200)
        ) {
            await fleet.scrape()
            return await fleet.count(Self.fencedCounter, of: victim) > before
        }
        guard wasRefused != nil || !mustBeRefused else {
            throw ProcessFailure("no late commit of \(victim.name) was refused")
        }
        let end = wasRefused == nil ? "no late commit was refused" : "its late commit was refused"
        return "\(victim.name), owner of shard \(shard); \(end)"
    }

    /// Stops an owner that is handing its shards over, for longer than its lease lasts.
    func freezeDraining(
        for time: Duration, _ random: inout SeededGenerator
    ) async throws -> String {
        let (victim, shard) = try await catchOwner(&random, "stop", .draining) {
            try await waitUntilFrozen($0, within: $1)
        }
        try await Task.sleep(for: time)
        await fleet.send(SIGCONT, to: victim)
        try await fleet.waitForDeath(of: victim, within: FaultLimits.stopMax)
        try await fleet.start(victim)
        return "\(victim.name), owner of shard \(shard)"
    }

    /// Stops an owner that has sent half of a batch: the shard must go on while it is frozen.
    func freezeMidPipeline(_ random: inout SeededGenerator) async throws -> String {
        let (victim, shard) = try await catchOwner(&random, "stop", .midPipeline) {
            try await waitUntilFrozen($0, within: $1)
        }
        let frozen = ContinuousClock.now
        let goesOn: Void? = try? await eventually(
            "shard \(shard) goes on", within: Self.interruptionMax, every: .milliseconds(50)
        ) {
            let rows = try? await databases.shard(shard).rows(
                """
                SELECT 1 FROM shard_lease
                 WHERE owner <> '\(victim.name)' AND decided_at > claimed_at
                """)
            return rows?.isEmpty == false
        }
        let after = ContinuousClock.now - frozen
        try await Task.sleep(until: frozen + .seconds(6), clock: .continuous)
        await fleet.send(SIGCONT, to: victim)
        guard goesOn != nil else {
            throw ProcessFailure(
                "shard \(shard) did not go on within \(Self.interruptionMax) of the freeze")
        }
        return "\(victim.name), owner of shard \(shard); it went on after \(after)"
    }

    /// Arms a point for an owner and waits until it has come there.
    ///
    /// If it does not come, another gets its turn. One that shall hand over is told to end.
    private func catchOwner(
        _ random: inout SeededGenerator, _ what: String, _ point: FaultPoint,
        _ isCaught: (Program, Duration) async throws -> Void
    ) async throws -> (Program, shard: Int) {
        for _ in 1...FaultLimits.armingsMax {
            let shard = pickSale(&random).shard
            let victim = try await owner(of: shard)
            let trap = try arm(what, point, of: victim)
            if point == .draining { await fleet.send(SIGTERM, to: victim) }
            do {
                try await isCaught(victim, FaultLimits.armedMax)
            } catch {
                // Had it just come there after all, the file would be gone.
                guard (try? FileManager.default.removeItem(at: trap)) == nil else { continue }
                try await isCaught(victim, FaultLimits.armedMax)
                return (victim, shard)
            }
            if !FileManager.default.fileExists(atPath: trap.path) { return (victim, shard) }
            try FileManager.default.removeItem(at: trap)
            guard point == .draining else {
                throw ProcessFailure("\(victim.name) ended before it came to \(point.rawValue)")
            }
            // It had nothing to hand over.
            try await fleet.start(victim)
        }
        throw ProcessFailure("no owner came to \(point.rawValue)")
    }

    private func waitUntilFrozen(_ program: Program, within limit: Duration) async throws {
        try await eventually("\(program.name) is frozen, or gone", within: limit) {
            guard let pid = await fleet.pid(of: program) else { return true }
            return Self.isStopped(pid)
        }
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

    /// Has an ingress overflow while clients wait for its answers.
    func trapIngress(_ random: inout SeededGenerator) async throws -> String {
        let victim = Program.ingress(Int.random(in: 1...Program.ingressCount, using: &random))
        _ = try arm("trap", .submitting, of: victim)
        try await fleet.waitForDeath(of: victim, within: FaultLimits.armedMax)
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
