import ChildProcesses
import FaultPoints

/// What a fault may lay hands on.
struct Scene: Sendable {
    let services: Services
    let databases: RunDatabases
    let broker: HostileBrokerClient
    let fleet: Fleet
    let shopper: Shopper
    let loop: OpenLoop

    var runEvents: RunEvents { shopper.runEvents }
    var recorder: Recorder { shopper.recorder }

    /// Does what the step says and mends it again; returns what it hit, for people.
    func perform(_ step: FaultPlan.Step) async throws -> String {
        var random = SeededGenerator(seed: step.pick)
        if let point = step.fault.killingPoint {
            return try await endOwner(by: "kill", at: point, &random)
        }
        switch step.fault {
        case .freezeDraining: return try await freezeDraining(for: .seconds(6), &random)
        case .freezeMidPipeline: return try await freezeMidPipeline(&random)
        case .zombie: return try await freezeOwner(for: .seconds(10), mustBeRefused: true, &random)
        case .doze:
            return try await freezeOwner(
                for: .milliseconds(2400), mustBeRefused: false, &random)
        case .rollingRestart: return try await restartAll()
        case .scale: return try await scale()
        case .brokerKill: return try await killServer(.broker)
        case .brokerKillOne: return try await killBroker(&random)
        case .partition: return try await partitionBroker(&random)
        case .memoryAlarm: return try await raiseMemoryAlarm()
        case .postgresKill: return try await killServer(.postgres)
        case .trapWorker: return try await endOwner(by: "trap", at: .beforeCommit, &random)
        case .ingressKill: return try await killIngress(&random)
        case .trapIngress: return try await trapIngress(&random)
        case .duplicates: return try await duplicate(&random)
        case .poison: return try await poison(&random)
        case .overload: return try await overload()
        case .usurper: return try await usurp(&random)
        case .slowDatabase: return try await lockEvent(&random)
        case .outsideWriter: return try await writeFromOutside(&random)
        case .queueDeleted: return try await deleteIdleQueue(&random)
        case .pauseEvents: return try await pauseEvents(&random)
        case .pauseShards: return try await pauseShards(&random)
        case .upgradeIngresses: return try await replaceIngresses(by: .now)
        case .upgradeWorkers: return try await replaceWorkers(by: .now)
        case .rollBackIngresses: return try await replaceIngresses(by: .before)
        case .rollBackWorkers: return try await replaceWorkers(by: .before)
        case .killReceived, .killMidPipeline, .killInTransaction, .killBeforeCommit,
            .killAfterCommit,
            .killMidPublish, .killAfterPublish, .killBeforeAcknowledge, .killDraining:
            return "nothing"
        }
    }

    /// Undoes what a fault that was broken off may have left: servers down, cut off or full, workers
    /// frozen or missing, bookings that wait, the load at a multiple.
    func mend() async throws {
        loop.speedUp(by: 1)
        try await services.start()
        if services.brokers > 1 { try await services.heal() }
        try await services.alarm(false)
        try await resumeAll()
        try await fleet.restoreCrew()
    }

    /// The hot event every other time, else any that is booked.
    func pickSale(_ random: inout SeededGenerator) -> RunEvents.Sale {
        Bool.random(using: &random)
            ? runEvents.hot : runEvents.busy.randomElement(using: &random) ?? runEvents.hot
    }

    /// The worker that has the lease of a shard now.
    func owner(of shard: Int) async throws -> Program {
        try await eventually("shard \(shard) has an owner", within: .seconds(20)) {
            let rows = try? await databases.shard(shard).rows(
                "SELECT owner FROM shard_lease WHERE expires_at > clock_timestamp()")
            guard let owner = rows?.first.flatMap({ Program(worker: $0) }),
                await fleet.pid(of: owner) != nil
            else { return nil }
            return owner
        }
    }
}
