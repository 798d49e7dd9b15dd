import BookingHistory
import BookingLoad
import ChildProcesses
import FaultPoints
import Foundation
import Logging

/// One run: everything is started, loaded, hurt, drained, judged and ended.
struct FaultRun: Sendable {
    let order: RunOrder
    let setup: DrillSetup

    private static let connectionsMax = 400
    private static let scrapeInterval = Duration.seconds(1)
    private static let progressInterval = Duration.seconds(10)

    private var console: Console { setup.console }

    func perform() async throws -> RunResult {
        let begin = ContinuousClock.now
        let databases = RunDatabases(order.name, services: setup.services)
        try await databases.create(from: setup.template)
        if order.dropsConstraints { try await databases.dropConstraints() }
        let folder = setup.folder.appending(path: order.name)
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let plan = Fleet.Plan(
            program: setup.program, before: order.before, folder: folder,
            firstPort: setup.firstPort,
            settings: databases.settings, roles: databases.roles,
            bugs: order.bugs.map(\.rawValue), workers: order.workers)
        let result = try await withFleet(plan) { fleet, client in
            try await run(fleet, client: client, databases: databases, begin: begin)
        }
        // What went wrong may be worth a look into the tables.
        if result.isClean || !order.bugs.isEmpty { try await databases.drop() }
        return result
    }

    private func withFleet(
        _ plan: Fleet.Plan, _ body: (Fleet, BookingClient) async throws -> RunResult
    ) async throws -> RunResult {
        let logger = Logger(label: "boxoffice.faults") { _ in SwiftLogNoOpLogHandler() }
        return try await BookingClient.withClient(
            urls: plan.urls, connections: Self.connectionsMax, logger: logger
        ) { client in
            try await BookingClient.withClient(
                urls: plan.managementURLs, connections: 2, logger: logger
            ) { management in
                let fleet = Fleet(plan, management: management)
                do {
                    let result = try await body(fleet, client)
                    await fleet.endAll()
                    return result
                } catch {
                    for casualty in await fleet.casualties { console.say(casualty) }
                    await fleet.endAll()
                    throw error
                }
            }
        }
    }

    private func run(
        _ fleet: Fleet, client: BookingClient, databases: RunDatabases,
        begin: ContinuousClock.Instant
    ) async throws -> RunResult {
        let broker = try HostileBrokerClient(
            url: setup.services.settings["BOXOFFICE_BROKER_URL"] ?? "")
        try await fleet.startCrew()
        if order.patience != .none { try await databases.settleKinds() }
        let runEvents = try await RunEvents.open(for: order, client: client)
        let recorder = try Recorder(RunFolder(fleet.plan.folder.path))
        let scene = Scene(
            services: setup.services, databases: databases, broker: broker, fleet: fleet,
            shopper: Shopper(runEvents: runEvents, recorder: recorder),
            loop: OpenLoop(rate: order.rate))
        let load = try await whileScraping(fleet) { try await hurt(scene) }
        let end = RunEnd(
            scene: scene,
            drainMax: order.bugs.isEmpty
                ? FaultLimits.drainMax : FaultLimits.drainWithBugMax)
        // Places that are held may come back, so nothing is sold out before that.
        let held = order.bugs.isEmpty ? try await end.settle() : 0
        let soldOut = order.bugs.isEmpty ? try await end.sellTheRest() : []
        let open = try await end.drain()
        if open > 0 { console.tell("\(open) accepted bookings have no outcome") }
        var incidents = load.incidents
        if held > 0 { incidents.append("\(held) bookings are held for too long") }
        let unproven =
            order.bugs.isEmpty ? runEvents.sales.flatMap(\.scarce).count - soldOut.count : 0
        if unproven > 0 { incidents.append("\(unproven) scarce ticket types were not sold out") }
        let unanswered = try await end.lookAround()
        if unanswered > 0 { incidents.append("\(unanswered) looks at events had no answer") }
        recorder.close()
        await fleet.scrape()
        incidents += await fleet.casualties
        // What a worker holds is in no queue, so the checker must not meet any.
        let workedUntil = Date().formatted(.iso8601)
        do { try await fleet.stopWorkers() } catch { incidents.append("\(error)") }
        let injuries = try await PauseMeter(databases: databases, startedAt: recorder.startedAt)
            .injuries(recorder.faults, until: load.end)
        var description = try await description(
            of: scene, performed: load.performed, soldOut: soldOut, injuries: injuries,
            isCalm: incidents.isEmpty)
        description.mixesVersions = order.before != nil
        description.workedUntil = workedUntil
        let folder = fleet.plan.folder
        if order.before != nil {
            incidents += await UpgradeVerdict(
                totals: fleet.totals, takeovers: description.observed.takeovers,
                troubles: recorder.tally.troubles, idle: fleet.idle, folder: folder
            ).incidents
        }
        try RunFolder(folder.path).write(description)
        let verdict = try await Checker(
            program: setup.program, settings: fleet.plan.settings,
            expiryMax: order.expiryMax
        )
        .judge(folder)
        let result = RunResult(
            order: order, description: description, verdict: verdict, tally: recorder.tally,
            injuries: injuries,
            meanRate: Double(scene.loop.count) / (Double(load.end) / 1_000_000),
            leftOut: scene.loop.countLeftOut, took: begin.duration(to: .now),
            incidents: incidents, folder: folder.path)
        await fleet.endAll()
        try await broker.deleteQueues(of: runEvents.ids)
        try await broker.purgeDeadLetters()
        return result
    }

    /// What was done while the load lasted.
    private struct Load: Sendable {
        var performed: [Fault] = []
        var incidents: [String] = []
        /// When the load ended, in microseconds since the run began.
        var end: Int64 = 0
    }

    /// Lets the load run while one fault follows the other.
    private func hurt(_ scene: Scene) async throws -> Load {
        let shopper = scene.shopper
        let seed = order.plan.seed
        async let requests: Void = scene.loop.run { number in
            let intent = Intent(
                number, of: shopper.runEvents, seed: seed, patience: order.patience)
            guard let id = try await shopper.pursue(intent)?.acceptedID else { return nil }
            return { try await shopper.finish(id, of: intent) }
        }
        let deadline = ContinuousClock.now + order.duration
        var load = Load()
        for step in order.plan.steps {
            guard !order.endsOnTime || ContinuousClock.now + step.pause < deadline else { break }
            try await Task.sleep(for: step.pause)
            do {
                try await perform(step, in: scene)
                load.performed.append(step.fault)
            } catch {
                guard !Task.isCancelled else { throw error }
                console.tell("\(step.fault.rawValue) could not be done: \(error)")
                load.incidents.append("\(step.fault.rawValue) could not be done: \(error)")
                do { try await scene.mend() } catch {
                    load.incidents.append("nor what it left be mended: \(error)")
                }
            }
        }
        if ContinuousClock.now < deadline {
            try await Task.sleep(until: deadline, clock: .continuous)
        }
        scene.loop.stop()
        load.end = scene.recorder.now
        try await requests
        console.tell("the load is over: \(scene.loop.count) bookings begun")
        return load
    }

    private func perform(_ step: FaultPlan.Step, in scene: Scene) async throws {
        let start = scene.recorder.now
        let name = step.fault.rawValue
        console.tell("\(name) …")
        let note = try await scene.perform(step)
        try await scene.fleet.waitUntilAllReady()
        try scene.recorder.fault(
            FaultRecord(name: name, span: scene.recorder.span(since: start), note: note))
        console.tell("\(name): \(note); all ready")
    }

    /// Reads everybody's counters again and again while `body` runs.
    private func whileScraping<Result>(
        _ fleet: Fleet, _ body: () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    await fleet.scrape()
                    try await Task.sleep(for: Self.scrapeInterval)
                }
            }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    private func description(
        of scene: Scene, performed: [Fault], soldOut: Set<String>, injuries: [RunResult.Injury],
        isCalm: Bool
    ) async throws -> RunDescription {
        let totals = await scene.fleet.totals
        var observed = ObservedCounts()
        observed.decided = totals["boxoffice_decisions_total"]
        observed.isDecidedExact =
            isCalm && order.bugs.isEmpty && performed.allSatisfy(\.keepsCounts)
        observed.redeliveries = totals["boxoffice_redeliveries_total"]
        observed.duplicates = totals["boxoffice_repeated_commands_total"]
        observed.fenced = totals["boxoffice_fenced_batches_total"]
        observed.refusedBatches = totals["boxoffice_refused_batches_total"]
        observed.deadLetters = totals["boxoffice_dead_letters_total"]
        observed.takeovers = try await scene.databases.sum("SELECT takeovers FROM shard_lease")
        observed.unknownsResolved = scene.recorder.tally.unknownsResolved
        observed.longestPauseMilliseconds = injuries.map(\.pauseMilliseconds).max() ?? 0
        return RunDescription(
            seed: order.plan.seed, startedAt: scene.recorder.startedAt.formatted(.iso8601),
            minutes: order.duration / .seconds(60), rate: order.rate, workers: order.workers,
            instances: Program.ingressCount, bugs: order.bugs.map(\.rawValue),
            plan: performed.map(\.rawValue),
            events: scene.runEvents.planned(soldOut: soldOut), poison: scene.recorder.poison,
            outside: scene.recorder.outside, observed: observed,
            required: order.required(for: performed))
    }
}
