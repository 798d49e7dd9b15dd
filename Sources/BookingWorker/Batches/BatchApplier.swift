import BookingBroker
import BookingDomain
import BookingMessages
import BookingStore
import FaultPoints
import Logging

/// Applies a shard's messages: decides in memory, and commits.
///
/// What came of it may be announced and the messages acknowledged once `apply` has returned, and not
/// before. When it throws, nothing is known of them but what the database says: close the line and let
/// them come again.
struct BatchApplier {
    let lease: Lease
    private let incarnation: String
    let repository: LedgerRepository
    let outcomes: OutcomePublisher
    let trials: TrialGate
    private let acceptance: MessageAcceptance
    let metrics: WorkerMetrics
    let logger: Logger
    let now: @Sendable () -> Instant
    /// How many commands the last batch decided, to tell a rush by.
    private(set) var commandsInLastBatch = 0
    /// Messages received since the last commit, to be counted with the next.
    private var messagesToCount = 0
    /// What was committed and is to be announced.
    private var announcements: [Announcement] = []
    /// The number of the shard's last batch.
    private var lastBatch: Int64
    /// Until when commands may come again that were decided before, and are looked up first.
    ///
    /// As a rule they do not come, and the look-up would cost more than the rare batch that the
    /// database refuses since it has one of them already.
    private var recallsUntil = ContinuousClock.now + WorkerLimits.recallDuration
    /// Buyers whose look-ups never come back, as long as they are not tried again.
    private var unanswerable = UnanswerableBuyers()
    /// The ledgers as they were last committed.
    private var ledgers: [EventID: EventLedger] = [:]

    init(
        claimed: ClaimedLease, repository: LedgerRepository, outcomes: OutcomePublisher,
        trials: TrialGate, acceptance: MessageAcceptance,
        metrics: WorkerMetrics, logger: Logger, now: @escaping @Sendable () -> Instant
    ) {
        lease = claimed.lease
        incarnation = claimed.incarnation
        lastBatch = claimed.lastBatch
        self.repository = repository
        self.outcomes = outcomes
        self.trials = trials
        self.acceptance = acceptance
        self.metrics = metrics
        self.logger = logger
        self.now = now
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
        try await settle(workload.entries[...])
        for letter in workload.letters { try await bury(letter) }
    }

    private func fence() async throws(StoreError) {
        do throws(StoreError) { try await repository.fence(under: lease) } catch {
            if error.code == .fenced { metrics.wasFenced() }
            throw error
        }
    }

    /// Applies a message that was in the hands of several workers when they died.
    ///
    /// The database keeps count of the processes that began that and did not survive it. At first the message
    /// is applied alone. Then its commands are applied one by one, so that those before the killer are
    /// decided when the worker dies; the first one not decided is the killer, and fails. A message that
    /// kills even before its commands can be read goes to the dead whole.
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
            let trial = try await repository.trySuspect(digest, in: trials.process, under: lease)
            let unknown = try await apply(message, inTrial: trial)
            let marks = unknown == nil ? DeliveryMarks(message.place) : DeliveryMarks()
            try await announce(takeAnnouncements(), marks)
            try await repository.clearSuspect(digest)
            return unknown
        } catch {
            trials.survived(digest, in: lease.shard)
            throw error
        }
    }

    private mutating func apply(
        _ message: QueuedMessage, inTrial trial: Int
    ) async throws -> UnknownMessage? {
        if trial <= WorkerLimits.suspectTrialsMax {
            let workload = Workload(message, as: acceptance)
            try await apply(workload)
            return workload.unknown
        }
        logger.warning(
            "a message comes again after several workers died with it",
            metadata: ["event": "\(message.event)", "trial": "\(trial)"])
        guard trial <= 2 * WorkerLimits.suspectTrialsMax else {
            metrics.received(messages: 1, redelivered: 1)
            try await bury(
                DeadLetter(
                    body: message.body, type: message.type, event: message.event,
                    problem: "every worker that took the message died of it"))
            return nil
        }
        let workload = Workload(message, as: acceptance)
        received(workload)
        var isKillerFound = trial == WorkerLimits.suspectTrialsMax + 1
        for index in workload.entries.indices {
            let entry = workload.entries[index]
            if !isKillerFound, try await !isDecided(entry) {
                isKillerFound = true
                try await giveUp(entry, because: "workers died of it")
            } else {
                try await settle(workload.entries[index...index])
            }
        }
        for letter in workload.letters { try await bury(letter) }
        return workload.unknown
    }

    private mutating func received(_ workload: Workload) {
        metrics.received(messages: workload.messages, redelivered: workload.redeliveries)
        metrics.authenticated(allBut: workload.unauthenticated, forged: workload.forged)
        messagesToCount += workload.messages
        if workload.redeliveries > 0 { recallFromNowOn() }
    }

    private mutating func recallFromNowOn() {
        recallsUntil = .now + WorkerLimits.recallDuration
    }

    private func isDecided(_ entry: Workload.Entry) async throws -> Bool {
        var ledgers = try await repository.ledgers(of: [entry.event])
        try await repository.recallBookings(
            [entry], in: &ledgers, within: WorkerLimits.lookUpTime(of: 1))
        return ledgers[entry.event]?.knows(entry.command.key) ?? false
    }

    /// Commits the entries and notes their outcomes; a buyer's whose look-ups never come back fail.
    private mutating func settle(_ entries: ArraySlice<Workload.Entry>) async throws {
        var rest = entries
        while !unanswerable.isEmpty,
            let index = rest.firstIndex(where: { unanswerable.contains($0, at: .now) })
        {
            try await settleOrHalve(rest[..<index])
            try await giveUp(rest[index], because: "what its buyer has cannot be looked up")
            rest = rest[(index + 1)...]
        }
        try await settleOrHalve(rest)
    }

    /// Commits the entries and notes their outcomes.
    ///
    /// When the database refuses the data, or a look-up takes too long, halves them until the command at
    /// fault is found.
    private mutating func settleOrHalve(_ entries: ArraySlice<Workload.Entry>) async throws {
        guard let first = entries.first else { return }
        let committed: CommittedBatch
        if PlantedBug.outcomeBeforeCommit.isOn {
            let decision = try await decide(Array(entries))
            try? await outcomes.publish(announcement(of: decision))
        }
        do throws(StoreError) { committed = try await commit(Array(entries)) } catch {
            switch error.code {
            case .refused, .decidedBefore: metrics.wasRefused()
            case .tooSlow: try await blameNotTheDatabase()
            case .unavailable, .unknownOutcome, .emailTaken, .fenced, .versionConflict, .mismatch,
                .corrupt, .newer:
                throw error
            }
            if entries.count > 1 {
                let middle = entries.startIndex + entries.count / 2
                try await settle(entries[..<middle])
                try await settle(entries[middle...])
            } else if error.code != .tooSlow {
                try await giveUp(first, because: error.description)
            } else {
                unanswerable.timedOut(first, at: .now)
                try await settle(entries)
            }
            return
        }
        FaultPoint.afterCommit.pass()
        unanswerable.answered(entries)
        try await note(committed)
    }

    /// Throws when it is the database that is slow, and not what was looked up.
    private func blameNotTheDatabase() async throws(StoreError) {
        metrics.lookUpTimedOut()
        try await repository.lookUpNothing(within: WorkerLimits.lookUpTime(of: 1))
    }

    /// Lets a command fail that cannot be applied.
    private mutating func giveUp(_ entry: Workload.Entry, because problem: String) async throws {
        try await bury(DeadLetter(entry.command, of: entry.event, problem: problem))
        guard case .book(let command) = entry.command else { return }
        let failure = UndecodableCommand(key: command.key, user: command.user)
        let committed: CommittedBatch
        do throws(StoreError) {
            committed = try await commit([(entry.event, .undecodable(failure))])
        } catch {
            // Not even its failure can be stored, so it has no outcome; the letter is all there is.
            guard error.isOfData else { throw error }
            metrics.wasRefused()
            return
        }
        try await note(committed)
    }

    /// Decides and writes the entries; decides again when somebody else wrote the events meanwhile, or
    /// some were decided before.
    private mutating func commit(
        _ entries: [Workload.Entry]
    ) async throws(StoreError) -> CommittedBatch {
        for _ in 0..<WorkerLimits.conflictsMax {
            let beginning = ContinuousClock.now
            var decision = try await decide(entries)
            metrics.decided(in: .now - beginning)
            do throws(StoreError) {
                FaultPoint.beforeCommit.pass()
                let start = ContinuousClock.now
                if decision.batch.decided.isEmpty {
                    try await repository.fence(under: lease)
                } else {
                    decision.number = try await repository.commit(
                        decision.batch, from: messagesToCount, under: lease)
                    messagesToCount = 0
                    metrics.committed(decision.batch, in: .now - start)
                }
            } catch {
                forget(entries)
                switch error.code {
                case .versionConflict: metrics.conflicted()
                case .decidedBefore where !decision.isRecalled: recallFromNowOn()
                case .fenced:
                    metrics.wasFenced()
                    throw error
                default: throw error
                }
                continue
            }
            metrics.repeated(decision.batch.repeated.count)
            commandsInLastBatch = decision.batch.decided.count
            ledgers.merge(decision.batch.committedLedgers) { _, new in new }
            return decision
        }
        throw StoreError(.versionConflict, "other writers changed the events again and again")
    }

    /// Decides the entries on the newest ledgers known.
    private mutating func decide(
        _ entries: [Workload.Entry]
    ) async throws(StoreError) -> CommittedBatch {
        let events = Set(entries.map(\.event))
        if ledgers.count > WorkerLimits.ledgersMax { ledgers = [:] }
        let missing = events.filter { ledgers[$0] == nil }
        if !missing.isEmpty {
            let loaded = try await repository.ledgers(of: Array(missing))
            ledgers.merge(loaded) { _, new in new }
        }
        // Not by filtering: there may be thousands of ledgers, and few of them in a batch.
        var opening: [EventID: EventLedger] = [:]
        for event in events { opening[event] = ledgers[event] }
        let isRecalling = ContinuousClock.now < recallsUntil
        let lookUpTime = WorkerLimits.lookUpTime(of: entries.count)
        if isRecalling {
            try await repository.recallBookings(entries, in: &opening, within: lookUpTime)
        }
        try await repository.recallTaken(entries, in: &opening, within: lookUpTime)
        var decision = CommittedBatch(batch: Batch(opening), isRecalled: isRecalling)
        let now = now()
        if PlantedBug.fatalThirteen.isOn, entries.contains(where: { $0.command.isForThirteen }) {
            PlantedBug.crash()
        }
        for (event, command) in entries
        where !decision.batch.apply(command, of: event, at: now) {
            decision.orphans.append(
                DeadLetter(command, of: event, problem: "the database knows no such event"))
        }
        return decision
    }

    private mutating func forget(_ entries: [Workload.Entry]) {
        for (event, _) in entries { ledgers[event] = nil }
    }

    private mutating func note(_ committed: CommittedBatch) async throws {
        for letter in committed.orphans { try await bury(letter) }
        let announcement = announcement(of: committed)
        if committed.number > 0 { lastBatch = committed.number }
        if !announcement.bookings.isEmpty { announcements.append(.outcomes(announcement)) }
    }

    private func announcement(of committed: CommittedBatch) -> OutcomeMessage {
        let bookings = committed.batch.decided + committed.batch.repeated
        let events = Set(bookings.map(\.event))
        return OutcomeMessage(
            shard: lease.shard, batch: committed.number,
            previousBatch: committed.number > 0 ? lastBatch : nil, incarnation: incarnation,
            bookings: bookings,
            events: events.sorted().compactMap { ledgers[$0].map(EventState.init) })
    }

    /// Puts a letter among the dead, from where the operator gets it.
    private mutating func bury(_ letter: DeadLetter) async throws {
        try await repository.bury(
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

/// A batch that is in the database, and what it could not take in.
private struct CommittedBatch: Sendable {
    var batch: Batch
    /// Whether it was looked up which commands were decided before.
    let isRecalled: Bool
    /// 0 when there was nothing to write.
    var number: Int64 = 0
    /// Commands for events that the database does not know.
    var orphans: [DeadLetter] = []
}

extension StoreError {
    /// Whether the same data would be refused again.
    fileprivate var isOfData: Bool { code == .refused || code == .decidedBefore }
}

extension Command {
    /// What a test's planted bug dies of.
    fileprivate var isForThirteen: Bool {
        guard case .book(let command) = self else { return false }
        return command.basket.items.contains { $0.quantity.rawValue == 13 }
    }
}
