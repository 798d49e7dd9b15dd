import BookingBroker
import BookingDomain
import BookingMessages
import BookingStore
import FaultPoints
import Logging

/// Applies a shard's messages: decides in memory, and commits, as a ``BatchPlanner`` says.
///
/// What came of it may be announced and the messages acknowledged once `apply` has returned, and not
/// before. When it throws, nothing is known of them but what the database says: close the consumer and let
/// them come again.
struct BatchApplier {
    let lease: Lease
    private let incarnation: String
    let store: any BatchStore
    let outcomes: any OutcomeSink
    let trials: TrialGate
    private let acceptance: MessageAcceptance
    let metrics: WorkerMetrics
    let logger: Logger
    let clock: WorkerClock
    /// How many commands the last batch decided, to tell a rush by.
    private(set) var commandsInLastBatch = 0
    /// Messages received since the last commit, to be counted with the next.
    private var messagesToCount = 0
    /// What was committed and is to be announced.
    private var announcements: [Announcement] = []
    /// The number of the shard's last batch.
    private var lastBatch: Int64
    private var planner: BatchPlanner
    /// The ledgers as they were last committed.
    private var ledgers: [EventID: EventLedger] = [:]

    init(
        claimed: ClaimedLease, store: any BatchStore, outcomes: any OutcomeSink,
        trials: TrialGate, acceptance: MessageAcceptance,
        metrics: WorkerMetrics, logger: Logger, clock: WorkerClock
    ) {
        lease = claimed.lease
        incarnation = claimed.incarnation
        lastBatch = claimed.lastBatch
        self.store = store
        self.outcomes = outcomes
        self.trials = trials
        self.acceptance = acceptance
        self.metrics = metrics
        self.logger = logger
        self.clock = clock
        planner = BatchPlanner(at: clock.monotonic())
    }

    /// What has been committed since this was asked last, for the world to hear.
    mutating func takeAnnouncements() -> [Announcement] {
        defer { announcements = [] }
        return announcements
    }

    /// Applies the workload, in one transaction if the database takes it.
    mutating func apply(_ workload: Workload) async throws {
        received(workload)
        // Nobody may acknowledge, or bury, what belongs to another owner by now.
        if workload.entries.isEmpty { try await fence() }
        try await perform(.settle(workload.entries[...]))
        for letter in workload.letters { try await bury(letter) }
    }

    private func fence() async throws(StoreError) {
        do throws(StoreError) { try await store.fence(under: lease) } catch {
            if error.code == .fenced { metrics.wasFenced() }
            throw error
        }
    }

    /// Applies a message that was in the hands of several workers when they died.
    ///
    /// The database keeps count of the processes that began that and did not survive it, and the count says
    /// how it is applied: see ``SuspectTreatment``.
    ///
    /// A process that lives remembers what it tried, until the database knows that it survived; so what fails
    /// for another reason, however often, is not blamed on the message. The trial is over once `announce`
    /// has announced what came of it. Returns the message if it is unknown, and then nothing came of it.
    mutating func apply(
        suspect message: QueuedMessage,
        announce: ([Announcement], DeliveryMarks) async throws -> Void
    ) async throws -> UnknownMessage? {
        let digest = MessageDigest(of: message.body, in: message.event)
        do {
            let trial = try await store.trySuspect(digest, in: trials.process, under: lease)
            let unknown = try await apply(message, inTrial: trial)
            let marks = unknown == nil ? DeliveryMarks(message.place) : DeliveryMarks()
            try await announce(takeAnnouncements(), marks)
            try await store.clearSuspect(digest)
            return unknown
        } catch {
            trials.survived(digest, in: lease.shard)
            throw error
        }
    }

    private mutating func apply(
        _ message: QueuedMessage, inTrial trial: Int
    ) async throws -> UnknownMessage? {
        let treatment = SuspectTreatment(trial: trial)
        if treatment != .whole {
            logger.warning(
                "a message comes again after several workers died with it",
                metadata: ["event": "\(message.event)", "trial": "\(trial)"])
        }
        switch treatment {
        case .whole:
            let workload = Workload(message, as: acceptance)
            try await apply(workload)
            return workload.unknown
        case .oneByOne: return try await applyOneByOne(message, findsKiller: false)
        case .oneByOneButTheKiller: return try await applyOneByOne(message, findsKiller: true)
        case .unread:
            metrics.received(messages: 1, redelivered: 1)
            try await bury(
                DeadLetter(
                    body: message.body, type: message.type, event: message.event,
                    problem: "every worker that took the message died of it"))
            return nil
        }
    }

    /// Applies each command in a transaction of its own; the first one not decided fails if it is taken for
    /// the killer.
    private mutating func applyOneByOne(
        _ message: QueuedMessage, findsKiller: Bool
    ) async throws -> UnknownMessage? {
        let workload = Workload(message, as: acceptance)
        received(workload)
        var isLookedFor = findsKiller
        for index in workload.entries.indices {
            let entry = workload.entries[index]
            if isLookedFor, try await !isDecided(entry) {
                isLookedFor = false
                try await perform(.giveUp(entry, because: "workers died of it"))
            } else {
                try await perform(.settle(workload.entries[index...index]))
            }
        }
        for letter in workload.letters { try await bury(letter) }
        return workload.unknown
    }

    private mutating func received(_ workload: Workload) {
        metrics.received(messages: workload.messages, redelivered: workload.redeliveries)
        metrics.authenticated(allBut: workload.unauthenticated, forged: workload.forged)
        messagesToCount += workload.messages
        if workload.redeliveries > 0 { planner.cameAgain(at: clock.monotonic()) }
    }

    private func isDecided(_ entry: Workload.Entry) async throws -> Bool {
        var ledgers = try await store.ledgers(of: [entry.event])
        try await store.recallBookings(
            [entry], in: &ledgers, within: WorkerLimits.lookUpTime(of: 1))
        return ledgers[entry.event]?.knows(entry.command.key) ?? false
    }

    /// Does what the planner says until it says that all is settled.
    private mutating func perform(_ begin: BatchPlanner.Input) async throws {
        var input = begin
        while true {
            switch planner.step(input, at: clock.monotonic()) {
            case .attempt(let attempt): input = try await perform(attempt)
            case .lookUpNothing:
                try await store.lookUpNothing(within: WorkerLimits.lookUpTime(of: 1))
                input = .lookedUpNothing
            case .bury(let entry, let problem):
                try await bury(DeadLetter(entry.command, of: entry.event, problem: problem))
                input = .buried
            case .stop(let error): throw error
            case .finish: return
            }
        }
    }

    /// Decides the entries and writes them, and notes what came of it.
    private mutating func perform(
        _ attempt: BatchPlanner.Attempt
    ) async throws -> BatchPlanner.Input {
        let committed: CommittedBatch
        do throws(StoreError) {
            let beginning = clock.monotonic()
            let decided = try await decide(attempt)
            metrics.decided(in: clock.monotonic() - beginning)
            if PlantedBug.outcomeBeforeCommit.isOn {
                try? await outcomes.publish(
                    announcement(of: CommittedBatch(decided, number: nil)))
            }
            committed = try await commit(decided, of: attempt.entries)
        } catch {
            metrics.failed(with: error, isRecalling: attempt.isRecalling)
            return .failed(error)
        }
        FaultPoint.afterCommit.pass()
        try await note(committed)
        return .committed
    }

    /// Decides the entries on the newest ledgers known.
    private mutating func decide(
        _ attempt: BatchPlanner.Attempt
    ) async throws(StoreError) -> DecidedBatch {
        let entries = Array(attempt.entries)
        let events = Set(entries.map(\.event))
        if ledgers.count > WorkerLimits.ledgersMax { ledgers = [:] }
        let missing = events.filter { ledgers[$0] == nil }
        if !missing.isEmpty {
            let loaded = try await store.ledgers(of: Array(missing))
            ledgers.merge(loaded) { _, new in new }
        }
        // Not by filtering: there may be thousands of ledgers, and few of them in a batch.
        var opening: [EventID: EventLedger] = [:]
        for event in events { opening[event] = ledgers[event] }
        let lookUpTime = WorkerLimits.lookUpTime(of: entries.count)
        if attempt.isRecalling {
            try await store.recallBookings(entries, in: &opening, within: lookUpTime)
        }
        try await store.recallTaken(entries, in: &opening, within: lookUpTime)
        let now = clock.database()
        if PlantedBug.fatalThirteen.isOn, entries.contains(where: { $0.command.isForThirteen }) {
            PlantedBug.crash()
        }
        return DecidedBatch(attempt.entries, on: opening, at: now)
    }

    /// Writes what was decided; when that fails, its events are read again before anything else is decided.
    private mutating func commit(
        _ decided: DecidedBatch, of entries: BatchPlanner.Entries
    ) async throws(StoreError) -> CommittedBatch {
        let batch = decided.batch
        var number: Int64?
        do throws(StoreError) {
            FaultPoint.beforeCommit.pass()
            let start = clock.monotonic()
            if batch.decided.isEmpty {
                try await store.fence(under: lease)
            } else {
                number = try await store.commit(batch, from: messagesToCount, under: lease)
                messagesToCount = 0
                metrics.committed(batch, in: clock.monotonic() - start)
            }
        } catch {
            for (event, _) in entries { ledgers[event] = nil }
            throw error
        }
        metrics.repeated(batch.repeated.count)
        commandsInLastBatch = batch.decided.count
        ledgers.merge(batch.committedLedgers) { _, new in new }
        return CommittedBatch(decided, number: number)
    }

    private mutating func note(_ committed: CommittedBatch) async throws {
        for letter in committed.orphans { try await bury(letter) }
        let announcement = announcement(of: committed)
        if let number = committed.number { lastBatch = number }
        if !announcement.bookings.isEmpty { announcements.append(.outcomes(announcement)) }
    }

    private func announcement(of committed: CommittedBatch) -> OutcomeMessage {
        let bookings = committed.batch.decided + committed.batch.repeated
        let events = Set(bookings.map(\.event))
        return OutcomeMessage(
            shard: lease.shard, batch: committed.number ?? 0,
            previousBatch: committed.number.map { _ in lastBatch }, incarnation: incarnation,
            bookings: bookings,
            events: events.sorted().compactMap { ledgers[$0].map(EventState.init) })
    }

    /// Puts a letter among the dead, from where the operator gets it.
    private mutating func bury(_ letter: DeadLetter) async throws {
        try await store.bury(
            StoredLetter(
                event: letter.event, problem: letter.problem, type: letter.type, body: letter.body),
            under: lease)
        announcements.append(.letter(letter))
        metrics.buried(1)
        logger.error(
            "a command went to the dead letters",
            metadata: ["event": "\(letter.event)", "problem": "\(letter.problem)"])
    }
}

extension WorkerMetrics {
    /// An attempt failed in a way that is counted.
    fileprivate func failed(with error: StoreError, isRecalling: Bool) {
        switch error.code {
        case .versionConflict: conflicted()
        case .fenced: wasFenced()
        case .refused: wasRefused()
        case .decidedBefore: if isRecalling { wasRefused() }
        case .tooSlow: lookUpTimedOut()
        case .unavailable, .unknownOutcome, .emailTaken, .mismatch, .corrupt, .newer: break
        }
    }
}

extension Command {
    /// What a test's planted bug dies of.
    fileprivate var isForThirteen: Bool {
        guard case .book(let command) = self else { return false }
        return command.basket.items.contains { $0.quantity.rawValue == 13 }
    }
}
