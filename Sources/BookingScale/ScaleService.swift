import BookingDomain
package import Logging
import ServiceLifecycle

/// Reads the queues and the databases again and again, decides how many workers there should be, and
/// says so: on the ``ScaleBoard``, in the log and to the fleet.
package struct ScaleService: Service {
    private let plan: FleetPlan
    private let lines: any LineReader
    private let shards: any ShardReader
    private let board: ScaleBoard
    private let fleet: FleetService?
    private let logger: Logger

    /// - Parameters:
    ///   - plan: What decides.
    ///   - lines: Where the queues are read.
    ///   - shards: Where the databases are read.
    ///   - board: Where others find the last decision.
    ///   - fleet: What starts and stops workers; `nil` when somebody else does, who asks the board.
    ///   - logger: Where each step is told, with its reason.
    package init(
        plan: FleetPlan, lines: any LineReader, shards: any ShardReader, board: ScaleBoard,
        fleet: FleetService?, logger: Logger
    ) {
        self.plan = plan
        self.lines = lines
        self.shards = shards
        self.board = board
        self.fleet = fleet
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var plan = plan
            var isKnown = true
            fleet?.want(plan.wanted)
            while !Task.isCancelled {
                let reading = await read()
                // Nothing that was read while everything stops means anything.
                guard !Task.isCancelled else { return }
                let decision = plan.decide(on: reading)
                board.post(decision)
                fleet?.want(decision.to)
                tell(decision, wasKnown: isKnown)
                isKnown = decision.isKnown
                try? await Task.sleep(for: ScaleLimits.readingInterval)
            }
        }
    }

    private func read() async -> FleetReading {
        async let lines = result { () async throws(UnknownReading) in try await self.lines.lines() }
        async let shards = result { () async throws(UnknownReading) in
            try await self.shards.shards()
        }
        return await FleetReading(at: .now, lines: lines, shards: shards)
    }

    /// A line for each step, and when what could be read no longer can, or can again.
    private func tell(_ decision: FleetDecision, wasKnown: Bool) {
        let metadata = decision.metadata
        if decision.from != decision.to {
            logger.notice("the number of workers changes", metadata: metadata)
        } else if wasKnown, !decision.isKnown {
            logger.warning("the queues cannot be read, the number is held", metadata: metadata)
        } else if !wasKnown, decision.isKnown {
            logger.notice("the queues can be read again", metadata: metadata)
        } else {
            logger.debug("the number of workers stays", metadata: metadata)
        }
    }
}

/// What `body` returns or throws.
private func result<Value>(
    _ body: () async throws(UnknownReading) -> Value
) async -> Result<Value, UnknownReading> {
    do throws(UnknownReading) { return .success(try await body()) } catch {
        return .failure(error)
    }
}

extension FleetDecision {
    fileprivate var metadata: Logger.Metadata {
        [
            "from": "\(from)", "to": "\(to)", "backlog": "\(backlogSum.commands)",
            "oldest": "\(oldest)",
            "arrivals": "\(Int(clamping: arrivals)) a second",
            "rate": "\(Int(clamping: rate)) a second\(isRateMeasured ? "" : " (assumed)")",
            "reason": "\(reason)",
        ]
    }
}
