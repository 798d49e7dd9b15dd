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
    /// Events in which something is due still that one entry could not hold.
    private(set) var unfinished: Set<EventID> = []
    private let deadlines: any DeadlineSink

    init(
        claimed: ClaimedLease, store: any BatchStore, outcomes: any OutcomeSink,
        trials: TrialGate, acceptance: MessageAcceptance,
        metrics: WorkerMetrics, logger: Logger, clock: WorkerClock, deadlines: any DeadlineSink
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
        self.deadlines = deadlines
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
        if workload.commands.isEmpty { try await fence() }
        try await perform(.settle(workload.commands[...]))
        for letter in workload.letters { try await bury(letter) }
    }

    /// Applies ticks that were in no queue.
    mutating func apply(_ ticks: [Command]) async throws { try await perform(.settle(ticks[...])) }

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
        for index in workload.commands.indices {
            let command = workload.commands[index]
            if isLookedFor, try await !isApplied(command) {
                isLookedFor = false
                try await perform(.giveUp(command, because: "workers died of it"))
            } else {
                try await perform(.settle(workload.commands[index...index]))
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

    private func isApplied(_ command: Command) async throws -> Bool {
        var ledgers = try await store.ledgers(of: [command.event])
        let lookUpTime = WorkerLimits.lookUpTime(of: 1)
        try await store.recallBookings([command], in: &ledgers, within: lookUpTime)
        try await store.recallChanges([command], in: &ledgers, within: lookUpTime)
        guard let ledger = ledgers[command.event] else { return false }
        switch command.need {
        case .booking(let key): return ledger.booking(key) != nil
        case .change(let id, _): return ledger.change(id) != nil
        case .due: return false
        }
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
            case .bury(let command, let problem):
                try await bury(DeadLetter(command, problem: problem))
                input = .buried
            case .stop(let error): throw error
            case .finish: return
            }
        }
    }

    /// Applies the commands and writes what they do, and notes what came of it.
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
                    announcement(of: CommittedBatch(decided: decided, number: nil)))
            }
            committed = try await commit(decided, of: Set(attempt.commands.map(\.event)))
        } catch {
            metrics.failed(with: error, isRecalling: attempt.isRecalling)
            return .failed(error)
        }
        FaultPoint.afterCommit.pass()
        try await note(committed)
        return .committed
    }

    /// Applies the commands to the newest ledgers known.
    private mutating func decide(
        _ attempt: BatchPlanner.Attempt
    ) async throws(StoreError) -> DecidedBatch {
        let commands = Array(attempt.commands)
        let events = Set(commands.map(\.event))
        try await load(events)
        while !unfinished.isDisjoint(with: events) {
            try await expireMore(of: unfinished.intersection(events))
            try await load(events)
        }
        // Not by filtering: there may be thousands of ledgers, and few of them in a batch.
        var opening: [EventID: EventLedger] = [:]
        for event in events { opening[event] = ledgers[event] }
        let lookUpTime = WorkerLimits.lookUpTime(of: commands.count)
        if attempt.isRecalling {
            try await store.recallBookings(commands, in: &opening, within: lookUpTime)
        }
        try await store.recallChanges(commands, in: &opening, within: lookUpTime)
        try await store.recallTaken(commands, in: &opening, within: lookUpTime)
        var now = clock.database()
        if PlantedBug.expiryByOwnClock.isOn, commands.contains(where: { $0.kind == .tick }) {
            now = now.advanced(by: ExpiryTimer.ahead)
        }
        if PlantedBug.fatalThirteen.isOn, commands.contains(where: \.isForThirteen) {
            PlantedBug.crash()
        }
        return DecidedBatch(attempt.commands, on: opening, at: now)
    }

    /// Reads the ledgers of those of `events` that are not known.
    private mutating func load(_ events: Set<EventID>) async throws(StoreError) {
        if ledgers.count > WorkerLimits.ledgersMax { ledgers = [:] }
        let missing = events.filter { ledgers[$0] == nil }
        guard !missing.isEmpty else { return }
        for (event, ledger) in try await store.ledgers(of: Array(missing)) {
            keep(ledger, of: event)
        }
    }

    private mutating func keep(_ ledger: EventLedger, of event: EventID) {
        ledgers[event] = ledger
        if ledger.expiringUntil != nil {
            unfinished.insert(event)
        } else if !unfinished.isEmpty {
            unfinished.remove(event)
        }
    }

    /// Expires more of what is due, where one entry could not hold it all: in one transaction, for some events.
    mutating func expireMore() async throws {
        let events = unfinished.sorted().prefix(WorkerLimits.expiringEventsMax)
        do throws(StoreError) {
            try await load(Set(events))
            try await expireMore(of: Set(events).intersection(unfinished))
        } catch {
            metrics.failed(with: error, isRecalling: true)
            // Somebody else wrote the event, and it is read again the next time.
            guard error.code == .versionConflict else { throw error }
        }
    }

    private mutating func expireMore(of events: Set<EventID>) async throws(StoreError) {
        guard !events.isEmpty else { return }
        var opening: [EventID: EventLedger] = [:]
        for event in events { opening[event] = ledgers[event] }
        try await store.recallDue(
            Array(events), in: &opening, within: WorkerLimits.lookUpTime(of: events.count))
        let decided = DecidedBatch(goingOn: opening, at: clock.database())
        announce(try await commit(decided, of: events))
    }

    /// Writes what was decided; when that fails, its events are read again before anything else is decided.
    private mutating func commit(
        _ decided: DecidedBatch, of events: Set<EventID>
    ) async throws(StoreError) -> CommittedBatch {
        var number: Int64?
        do throws(StoreError) {
            FaultPoint.beforeCommit.pass()
            let start = clock.monotonic()
            if decided.effects.isEmpty {
                try await store.fence(under: lease)
            } else {
                number = try await store.commit(
                    decided.effects, from: messagesToCount, under: lease)
                messagesToCount = 0
                metrics.committed(decided.effects, in: clock.monotonic() - start)
            }
        } catch {
            for event in events { ledgers[event] = nil }
            throw error
        }
        metrics.repeated(decided.batch.repeated.count)
        commandsInLastBatch = decided.effects.entryCount
        for (event, ledger) in decided.batch.committedLedgers { keep(ledger, of: event) }
        // What is expiring still goes on by itself, and tells at its end.
        deadlines.committed(
            unfinished.isEmpty
                ? decided.batch.deadlines
                : decided.batch.deadlines.filter { !unfinished.contains($0.key) })
        return CommittedBatch(decided: decided, number: number)
    }

    private mutating func note(_ committed: CommittedBatch) async throws {
        for letter in committed.decided.orphans { try await bury(letter) }
        announce(committed)
    }

    private mutating func announce(_ committed: CommittedBatch) {
        let announcement = announcement(of: committed)
        if let number = committed.number { lastBatch = number }
        guard !announcement.bookings.isEmpty || !announcement.changes.isEmpty else { return }
        announcements.append(.outcomes(announcement))
    }

    private func announcement(of committed: CommittedBatch) -> OutcomeMessage {
        let (bookings, changes) = (committed.bookings, committed.changes)
        let events = Set(bookings.map(\.event)).union(changes.map(\.event))
        return OutcomeMessage(
            shard: lease.shard, batch: committed.number ?? 0,
            previousBatch: committed.number.map { _ in lastBatch }, incarnation: incarnation,
            bookings: bookings, changes: changes,
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
        case .versionConflict, .notDue: conflicted()
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
        guard case .book(let basket, _) = body else { return false }
        return basket.items.contains { $0.quantity.rawValue == 13 }
    }
}
