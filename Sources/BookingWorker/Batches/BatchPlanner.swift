import BookingDomain
import BookingStore

/// Says which commands are tried next, from what became of the last attempt.
///
/// An attempt is to decide commands and to write them in one transaction. All that is to be settled is
/// attempted at once, but for commands of unanswerable buyers, which are given up. Then:
///
///     committed                         → the rest
///     version conflict; not due yet     → the same again, a few times
///     decided before, but not recalled  → the same again, recalled
///     refused; decided before           → each half of it; one alone is given up
///     too slow                          → look nothing up: it may be the database;
///                                         then each half of it, or one alone again until it is unanswerable
///     anything else                     → stop
///
/// A tick is the last command of its event in an attempt: what it expires may take more than one transaction,
/// and comes before all that is behind it. A command is given up in two steps: it goes to the dead letters,
/// and its failure is attempted in its place.
struct BatchPlanner: Sendable {
    typealias Commands = ArraySlice<Command>

    enum Input: Sendable {
        /// These are to be settled; whatever was left of others is forgotten.
        case settle(Commands)
        /// This command is to fail.
        case giveUp(Command, because: String)
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
        case bury(Command, because: String)
        case stop(StoreError)
        case finish
    }

    /// Commands to be decided and written in one transaction.
    struct Attempt: Sendable {
        let commands: Commands
        /// Whether it is looked up first which of them were decided before.
        let isRecalling: Bool
    }

    private enum State: Sendable {
        /// Everything is settled, or it was stopped.
        case idle
        case attempting(Attempt, Purpose, conflicts: Int)
        /// The look-ups for these were too slow, and perhaps all are.
        case doubting(Commands)
        case burying(Command)
    }

    private enum Purpose: Sendable {
        case settle
        /// A command that is given up gets the outcome that it failed.
        case fail
    }

    private var state = State.idle
    /// What is to be settled after that; the next is the last.
    private var rest: [Commands] = []
    private var recall: RecallWindow
    private var unanswerable = UnanswerableBuyers()

    /// A shard was taken over.
    init(at now: ContinuousClock.Instant) { recall = RecallWindow(openedAt: now) }

    /// Messages came that had been delivered before.
    mutating func cameAgain(at now: ContinuousClock.Instant) { recall.open(at: now) }

    mutating func step(_ input: Input, at now: ContinuousClock.Instant) -> Action {
        switch (input, state) {
        case (.settle(let commands), _):
            rest = [commands]
            return next(at: now)
        case (.giveUp(let command, let problem), _):
            rest = []
            return bury(command, because: problem)
        case (.committed, .attempting(let attempt, _, _)):
            unanswerable.answered(attempt.commands)
            return next(at: now)
        case (.failed(let error), .attempting(let attempt, let purpose, let conflicts)):
            return failed(attempt, error, purpose, conflicts: conflicts, at: now)
        case (.lookedUpNothing, .doubting(let commands)):
            if commands.count > 1 {
                halve(commands)
            } else {
                for command in commands { unanswerable.timedOut(command, at: now) }
                rest.append(commands)
            }
            return next(at: now)
        case (.buried, .burying(let command)):
            guard let failure = command.failure else { return next(at: now) }
            return attempt([failure], .fail, conflicts: 0, at: now)
        case (.committed, _), (.failed, _), (.lookedUpNothing, _), (.buried, _):
            return stop(StoreError(.corrupt, "a batch came to something that was not begun"))
        }
    }

    /// What comes after something is settled.
    private mutating func next(at now: ContinuousClock.Instant) -> Action {
        while let commands = rest.popLast() {
            guard !commands.isEmpty else { continue }
            if let end = Self.end(of: commands) {
                rest.append(commands[end...])
                rest.append(commands[..<end])
                continue
            }
            guard !unanswerable.isEmpty,
                let index = commands.firstIndex(where: { unanswerable.contains($0, at: now) })
            else { return attempt(commands, .settle, conflicts: 0, at: now) }
            guard index == commands.startIndex else {
                rest.append(commands[index...])
                return attempt(commands[..<index], .settle, conflicts: 0, at: now)
            }
            rest.append(commands.dropFirst())
            return bury(commands[index], because: "what its buyer has cannot be looked up")
        }
        state = .idle
        return .finish
    }

    /// Where an attempt of `commands` has to end because of ticks; `nil` when it can hold them all.
    private static func end(of commands: Commands) -> Commands.Index? {
        guard var index = commands.firstIndex(where: { $0.kind == .tick }) else { return nil }
        var ticked: Set<EventID> = []
        while index < commands.endIndex {
            let command = commands[index]
            guard !ticked.contains(command.event) else { return index }
            if command.kind == .tick {
                guard ticked.count < WorkerLimits.ticksPerBatchMax else { return index }
                ticked.insert(command.event)
            }
            index += 1
        }
        return nil
    }

    private mutating func attempt(
        _ commands: Commands, _ purpose: Purpose, conflicts: Int, at now: ContinuousClock.Instant
    ) -> Action {
        let attempt = Attempt(commands: commands, isRecalling: recall.isOpen(at: now))
        state = .attempting(attempt, purpose, conflicts: conflicts)
        return .attempt(attempt)
    }

    private mutating func failed(
        _ attempt: Attempt, _ error: StoreError, _ purpose: Purpose, conflicts: Int,
        at now: ContinuousClock.Instant
    ) -> Action {
        switch error.code {
        case .versionConflict, .notDue:
            return again(attempt, error, purpose, conflicts: conflicts, at: now)
        case .decidedBefore where !attempt.isRecalling:
            recall.open(at: now)
            return again(attempt, error, purpose, conflicts: conflicts, at: now)
        case .refused, .decidedBefore:
            switch purpose {
            case .fail: return next(at: now)  // It has no outcome; the letter is all there is.
            case .settle where attempt.commands.count > 1:
                halve(attempt.commands)
                return next(at: now)
            case .settle:
                guard let command = attempt.commands.first else { return next(at: now) }
                return bury(command, because: error.description)
            }
        case .tooSlow:
            guard case .settle = purpose else { return stop(error) }
            state = .doubting(attempt.commands)
            return .lookUpNothing
        case .unavailable, .unknownOutcome, .emailTaken, .fenced, .mismatch, .corrupt, .newer:
            return stop(error)
        }
    }

    /// Attempts the same once more, unless that was done too often.
    private mutating func again(
        _ attempt: Attempt, _ error: StoreError, _ purpose: Purpose, conflicts: Int,
        at now: ContinuousClock.Instant
    ) -> Action {
        guard conflicts + 1 < WorkerLimits.conflictsMax else {
            return stop(StoreError(error.code, "\(error.message), again and again"))
        }
        return self.attempt(attempt.commands, purpose, conflicts: conflicts + 1, at: now)
    }

    private mutating func halve(_ commands: Commands) {
        let middle = commands.startIndex + commands.count / 2
        rest.append(commands[middle...])
        rest.append(commands[..<middle])
    }

    private mutating func bury(_ command: Command, because problem: String) -> Action {
        state = .burying(command)
        return .bury(command, because: problem)
    }

    private mutating func stop(_ error: StoreError) -> Action {
        state = .idle
        rest = []
        return .stop(error)
    }
}

extension Command {
    /// The command that fails in the place of this one; a tick has nobody to tell.
    fileprivate var failure: Command? {
        switch body {
        case .book, .undecodable:
            .undecodable(BookingKey(bits: id.bits), of: event, by: actor)
        case .change(_, let booking):
            Command(
                id: id, event: event, actor: actor, acceptedAt: acceptedAt,
                body: .change(.undecodable, of: booking))
        case .tick: nil
        }
    }
}
