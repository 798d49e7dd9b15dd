import BookingDomain
import BookingStore

/// Says which commands are tried next, from what became of the last attempt.
///
/// An attempt is to decide commands and to write them in one transaction. All that is to be settled is
/// attempted at once, but for commands of unanswerable buyers, which are given up. Then:
///
///     committed                         → the rest
///     version conflict                  → the same again, a few times
///     decided before, but not recalled  → the same again, recalled
///     refused; decided before           → each half of it; one alone is given up
///     too slow                          → look nothing up: it may be the database;
///                                         then each half of it, or one alone again until it is unanswerable
///     anything else                     → stop
///
/// A command is given up in two steps: it goes to the dead letters, and its failure is attempted in its place.
struct BatchPlanner: Sendable {
    typealias Entries = ArraySlice<Workload.Entry>

    enum Input: Sendable {
        /// These are to be settled; whatever was left of others is forgotten.
        case settle(Entries)
        /// This command is to fail.
        case giveUp(Workload.Entry, because: String)
        /// The attempt is in the database.
        case committed
        /// Nothing of the attempt is in the database, or nobody knows.
        case failed(StoreError)
        /// Nothing was looked up, in good time.
        case lookedUpNothing
        /// The command is among the dead letters.
        case buried
    }

    enum Action: Sendable {
        case attempt(Attempt)
        /// Make the look-ups for nobody, and stop if they are slow as well.
        case lookUpNothing
        case bury(Workload.Entry, because: String)
        case stop(StoreError)
        case finish
    }

    /// Commands to be decided and written in one transaction.
    struct Attempt: Sendable {
        let entries: Entries
        /// Whether it is looked up first which of them were decided before.
        let isRecalling: Bool
    }

    private enum State: Sendable {
        /// Everything is settled, or it was stopped.
        case idle
        case attempting(Attempt, Purpose, conflicts: Int)
        /// The look-ups for these were too slow, and perhaps all are.
        case doubting(Entries)
        case burying(Workload.Entry)
    }

    private enum Purpose: Sendable {
        case settle
        /// A command that is given up gets the outcome that it failed.
        case fail
    }

    private var state = State.idle
    /// What is to be settled after that; the next is the last.
    private var rest: [Entries] = []
    private var recall: RecallWindow
    private var unanswerable = UnanswerableBuyers()

    /// A shard was taken over.
    init(at now: ContinuousClock.Instant) { recall = RecallWindow(openedAt: now) }

    /// Messages came that had been delivered before.
    mutating func cameAgain(at now: ContinuousClock.Instant) { recall.open(at: now) }

    mutating func step(_ input: Input, at now: ContinuousClock.Instant) -> Action {
        switch (input, state) {
        case (.settle(let entries), _):
            rest = [entries]
            return next(at: now)
        case (.giveUp(let entry, let problem), _):
            rest = []
            return bury(entry, because: problem)
        case (.committed, .attempting(let attempt, _, _)):
            unanswerable.answered(attempt.entries)
            return next(at: now)
        case (.failed(let error), .attempting(let attempt, let purpose, let conflicts)):
            return failed(attempt, error, purpose, conflicts: conflicts, at: now)
        case (.lookedUpNothing, .doubting(let entries)):
            if entries.count > 1 {
                halve(entries)
            } else {
                for entry in entries { unanswerable.timedOut(entry, at: now) }
                rest.append(entries)
            }
            return next(at: now)
        case (.buried, .burying(let entry)):
            guard case .book(let command) = entry.command else { return next(at: now) }
            let failure = UndecodableCommand(key: command.key, user: command.user)
            return attempt(
                [(entry.event, .undecodable(failure))], .fail, conflicts: 0, at: now)
        case (.committed, _), (.failed, _), (.lookedUpNothing, _), (.buried, _):
            return stop(StoreError(.corrupt, "a batch came to something that was not begun"))
        }
    }

    /// What comes after something is settled.
    private mutating func next(at now: ContinuousClock.Instant) -> Action {
        while let entries = rest.popLast() {
            guard !entries.isEmpty else { continue }
            guard !unanswerable.isEmpty,
                let index = entries.firstIndex(where: { unanswerable.contains($0, at: now) })
            else { return attempt(entries, .settle, conflicts: 0, at: now) }
            guard index == entries.startIndex else {
                rest.append(entries[index...])
                return attempt(entries[..<index], .settle, conflicts: 0, at: now)
            }
            rest.append(entries.dropFirst())
            return bury(entries[index], because: "what its buyer has cannot be looked up")
        }
        state = .idle
        return .finish
    }

    private mutating func attempt(
        _ entries: Entries, _ purpose: Purpose, conflicts: Int, at now: ContinuousClock.Instant
    ) -> Action {
        let attempt = Attempt(entries: entries, isRecalling: recall.isOpen(at: now))
        state = .attempting(attempt, purpose, conflicts: conflicts)
        return .attempt(attempt)
    }

    private mutating func failed(
        _ attempt: Attempt, _ error: StoreError, _ purpose: Purpose, conflicts: Int,
        at now: ContinuousClock.Instant
    ) -> Action {
        switch error.code {
        case .versionConflict:
            return again(attempt, purpose, conflicts: conflicts, at: now)
        case .decidedBefore where !attempt.isRecalling:
            recall.open(at: now)
            return again(attempt, purpose, conflicts: conflicts, at: now)
        case .refused, .decidedBefore:
            switch purpose {
            case .fail: return next(at: now)  // It has no outcome; the letter is all there is.
            case .settle where attempt.entries.count > 1:
                halve(attempt.entries)
                return next(at: now)
            case .settle:
                guard let entry = attempt.entries.first else { return next(at: now) }
                return bury(entry, because: error.description)
            }
        case .tooSlow:
            guard case .settle = purpose else { return stop(error) }
            state = .doubting(attempt.entries)
            return .lookUpNothing
        case .unavailable, .unknownOutcome, .emailTaken, .fenced, .mismatch, .corrupt, .newer:
            return stop(error)
        }
    }

    /// Attempts the same once more, unless that was done too often.
    private mutating func again(
        _ attempt: Attempt, _ purpose: Purpose, conflicts: Int, at now: ContinuousClock.Instant
    ) -> Action {
        guard conflicts + 1 < WorkerLimits.conflictsMax else {
            return stop(
                StoreError(.versionConflict, "other writers changed the events again and again"))
        }
        return self.attempt(attempt.entries, purpose, conflicts: conflicts + 1, at: now)
    }

    private mutating func halve(_ entries: Entries) {
        let middle = entries.startIndex + entries.count / 2
        rest.append(entries[middle...])
        rest.append(entries[..<middle])
    }

    private mutating func bury(_ entry: Workload.Entry, because problem: String) -> Action {
        state = .burying(entry)
        return .bury(entry, because: problem)
    }

    private mutating func stop(_ error: StoreError) -> Action {
        state = .idle
        rest = []
        return .stop(error)
    }
}
