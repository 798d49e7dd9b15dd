package import Logging
import Metrics
import ServiceLifecycle
import Synchronization

/// Keeps as many worker processes running as are wanted.
///
/// What dies is started again; what is too much is asked to end, those with the highest numbers
/// first, and killed when its time is over. A graceful shutdown ends all.
package final class FleetService: Service {
    private struct State {
        var slots: [WorkerSlot]
        var isEnding = false
    }

    private let launcher: WorkerLauncher
    private let state: Mutex<State>
    private let stopMax: Duration
    private let logger: Logger
    private let runningGauge = Gauge(label: "boxoffice_workers_running")
    private let restarts = Counter(label: "boxoffice_worker_restarts_total")

    /// A fleet without workers yet.
    ///
    /// - Parameters:
    ///   - workersMax: The most there will ever be.
    ///   - command: How one is started.
    ///   - stopMax: How long one may take to end before it is killed.
    ///   - logger: Where starts and ends are told.
    /// - Throws: ``LaunchError`` when this process may open no more files.
    package init(
        workersMax: Int, command: WorkerCommand, stopMax: Duration, logger: Logger
    ) throws(LaunchError) {
        launcher = try WorkerLauncher(command)
        state = Mutex(State(slots: Array(repeating: WorkerSlot(), count: workersMax)))
        self.stopMax = stopMax
        self.logger = logger
    }

    /// How many workers run that are to go on.
    package var running: Int { state.withLock { $0.slots.count(where: \.isRunning) } }

    /// There shall be so many workers from now on.
    package func want(_ count: Int) {
        state.withLock { state in
            if !state.isEnding { want(count, of: &state.slots) }
        }
    }

    /// Looks after the workers until it is shut down and all have ended.
    package func run() async throws {
        await withGracefulShutdownHandler {
            while !Task.isCancelled, look() {
                try? await Task.sleep(for: ScaleLimits.lookInterval)
            }
            // Cancelled: nobody waits any longer for those that have not ended yet.
            for pid in state.withLock({ $0.slots.compactMap(\.pid) }) { launcher.end(pid) }
        } onGracefulShutdown: {
            self.state.withLock { state in
                state.isEnding = true
                self.want(0, of: &state.slots)
            }
        }
    }

    private func want(_ count: Int, of slots: inout [WorkerSlot]) {
        let now = ContinuousClock.now
        for index in slots.indices {
            let action = slots[index].want(index < count, at: now, stopMax: stopMax)
            if let action { perform(action, on: &slots[index], number: index + 1) }
        }
    }

    /// Sees who has ended and does what is due; `false` when all is over.
    private func look() -> Bool {
        let now = ContinuousClock.now
        return state.withLock { state in
            for index in state.slots.indices {
                if let pid = state.slots[index].pid, let ending = launcher.ending(of: pid) {
                    let wait = state.slots[index].died(at: now)
                    tell(index + 1, pid: pid, ending, restartIn: wait)
                }
                if let action = state.slots[index].look(at: now) {
                    perform(action, on: &state.slots[index], number: index + 1)
                }
            }
            runningGauge.record(state.slots.count(where: \.isRunning))
            return !state.isEnding || state.slots.contains { $0.pid != nil }
        }
    }

    /// Does what the slot asks for, under the lock: nothing may come between a start and its being
    /// known, and none of it takes long.
    private func perform(_ action: WorkerSlot.Action, on slot: inout WorkerSlot, number: Int) {
        switch action {
        case .start: start(number, in: &slot)
        case .terminate(let pid):
            logger.notice("a worker is asked to end", metadata: name(number, pid))
            launcher.terminate(pid)
        case .kill(let pid):
            logger.warning(
                "a worker has not ended in time and is killed", metadata: name(number, pid))
            launcher.end(pid)
        }
    }

    private func start(_ number: Int, in slot: inout WorkerSlot) {
        let now = ContinuousClock.now
        do throws(LaunchError) {
            let pid = try launcher.start(number)
            slot.started(pid: pid, at: now)
            logger.notice("a worker is started", metadata: name(number, pid))
        } catch {
            let wait = slot.died(at: now) ?? .zero
            logger.error(
                "a worker could not be started",
                metadata: [
                    "worker": "\(number)", "error": "\(error)", "again in": "\(wait)",
                ])
        }
    }

    private func tell(_ number: Int, pid: Int32, _ ending: ProcessEnding, restartIn wait: Duration?)
    {
        var metadata = name(number, pid)
        metadata["how"] = "\(ending)"
        guard let wait else {
            logger.notice("a worker has ended", metadata: metadata)
            return
        }
        metadata["again in"] = "\(wait)"
        logger.warning("a worker died and will be started again", metadata: metadata)
        restarts.increment()
    }

    private func name(_ number: Int, _ pid: Int32) -> Logger.Metadata {
        ["worker": "\(number)", "pid": "\(pid)"]
    }
}
