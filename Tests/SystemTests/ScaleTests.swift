import BookingLoad
import ChildProcesses
import Foundation
import Testing

extension SystemTests {
    @Suite("As many workers as the queues need")
    struct ScaleTests {
        @Test("A burst brings workers, one that is killed comes again, and quiet takes them away")
        func burst() async throws {
            try await TestSystem.with { system in
                let crowd = try await system.crowd()
                var events: [EventDocument] = []
                for number in 1...8 {
                    events.append(
                        try await system.client.createEvent(
                            title: "Burst \(number)", capacities: [2000, 100_000],
                            organizer: crowd.organizer))
                }
                // Each has its line before there is nobody to declare it.
                let epoch = ContinuousClock.now
                let first = SteadyLoad(
                    client: system.client, crowd: crowd, events: events, name: "first",
                    epoch: epoch)
                var entries = try await first.run { try await Task.sleep(for: .seconds(1)) }
                system.send(SIGTERM, to: .worker)
                try await system.waitForEnd(of: .worker, within: .seconds(25))
                let load = SteadyLoad(
                    client: system.client, crowd: crowd, events: events, name: "burst",
                    rate: 3000, senders: 100, epoch: epoch)
                entries += try await load.run { try await Task.sleep(for: .seconds(4)) }

                let scale = try Scale(system)
                try await scale.watch {
                    try await eventually("there are more workers", within: .seconds(20)) {
                        scale.workers.count > 1
                    }
                    let victim = try #require(scale.workers.first)
                    kill(victim, SIGKILL)
                    try await eventually("the killed one is started again", within: .seconds(20)) {
                        scale.starts(ofTheWorkerWith: victim) == 2
                    }
                    try await eventually("one is enough again", within: .seconds(60)) {
                        scale.steps.last == 1 && scale.workers.count == 1
                    }
                    let accepted = entries.count { $0.acceptedID != nil }
                    print("scale: \(accepted) accepted, number of workers: \(scale.steps)")
                    try #require(scale.turns == 1, "up and down, and no more: \(scale.steps)")
                    try #require(scale.linesWithoutReason.isEmpty)
                    // Nobody is there to tell the workers, and yet they end in order.
                    let orphans = scale.workers
                    scale.process.send(SIGKILL)
                    try await eventually(
                        "workers end with whoever started them", within: .seconds(30)
                    ) { orphans.allSatisfy { kill($0, 0) != 0 } }
                }
                try await system.start(.worker)
                try await Aftermath(
                    system: system, crowd: crowd, events: events, entries: entries
                ).check()
            }
        }
    }
}

/// `boxoffice scale`, with a log of its own.
private struct Scale {
    let process: RunningProcess
    private let log: URL

    /// Starts it: quick to act, and with an assumed rate that any worker exceeds.
    init(_ system: TestSystem) throws {
        log = system.services.folder.appending(path: "scale.log")
        var environment = system.environment(as: .worker)
        environment["BOXOFFICE_MANAGEMENT_PORT"] = "0"
        process = try RunningProcess(
            "scale",
            arguments: [
                TestSystem.binary, "scale", "--min", "1", "--max", "4", "--worker-rate", "100",
                "--drain-target", "1s", "--quiet-period", "2s",
            ], environment: environment, log: log)
        try system.services.cleanUp.add(process.pid)
    }

    /// Runs `body`, and ends it whatever happens.
    func watch(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            print("--- the end of the log of scale\n\(process.lastLines(80))")
            await process.end()
            throw error
        }
        await process.end()
    }

    private var text: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    private var changes: [Substring] {
        text.split(separator: "\n").filter { $0.contains(" the number of workers changes ") }
    }

    /// How many workers there were to be, from the first to now.
    var steps: [Int] {
        [1] + changes.compactMap { $0.firstMatch(of: /\bto=([0-9]+)/).flatMap { Int($0.output.1) } }
    }

    var linesWithoutReason: [Substring] { changes.filter { !$0.contains(" reason=") } }

    /// How often the number went the other way than before.
    var turns: Int {
        let rises = zip(steps, steps.dropFirst()).map { $0 < $1 }
        return zip(rises, rises.dropFirst()).count { $0 != $1 }
    }

    private var starts: [Substring] {
        text.split(separator: "\n").filter { $0.contains(" a worker is started ") }
    }

    /// The process ids of the workers that live.
    var workers: [pid_t] {
        starts.compactMap { $0.firstMatch(of: /\bpid=([0-9]+)/).flatMap { pid_t($0.output.1) } }
            .filter { kill($0, 0) == 0 }
    }

    /// How often the worker that has, or had, this process id was started.
    func starts(ofTheWorkerWith pid: pid_t) -> Int {
        guard let line = starts.first(where: { $0.contains(" pid=\(pid) ") }),
            let name = line.firstMatch(of: /\bworker=([0-9]+)/)?.output.1
        else { return 0 }
        return starts.count { $0.hasSuffix(" worker=\(name)") }
    }
}
