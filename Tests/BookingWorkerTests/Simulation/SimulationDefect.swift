import BookingWorkerTestSupport

/// A bug that is planted in a run, to see that its witness catches it.
enum SimulationDefect: Hashable, Sendable, CaseIterable {
    case databaseFencesNobody
    case databaseComparesNoVersions
    case databaseRecallsNothing
    case databaseForgetsTallies
    case databaseForgetsTimes
    case databaseLosesCommits
    case databaseLosesRows
    case databaseLosesEntries
    case databaseLosesUpdates
    case databaseTakesNoPlaces
    /// A command that asked for a change is applied again when it comes again.
    case databaseForgetsChanges
    /// What expires may not be due yet.
    case databaseBelievesTicks
    /// No look-up comes back any more once one was slow.
    case databaseStaysSlow
    /// What a channel had in hand comes back behind what waits.
    case brokerIsDisorderly
    /// Messages are acknowledged when they are taken.
    case workerAcknowledgesEarly
    /// A new owner does not ask when what is held is due.
    case ownerRebuildsNoTimers
    /// What a tick's batch tells to be due next is not heard.
    case ownerArmsNoTimerAgain
    /// The owner expires directly what is due though its queue is not empty.
    case ownerLooksAtNoQueue
    /// A new owner is told a wrong number of the last batch.
    case ownerMiscounts

    /// What of it is the database's.
    var ofDatabase: TwinDefect? {
        switch self {
        case .databaseFencesNobody: .fencesNobody
        case .databaseComparesNoVersions: .comparesNoVersions
        case .databaseRecallsNothing: .recallsNothing
        case .databaseForgetsTallies: .forgetsTallies
        case .databaseForgetsTimes: .forgetsTimes
        case .databaseLosesCommits: .losesCommits
        case .databaseLosesRows: .losesRows
        case .databaseLosesEntries: .losesEntries
        case .databaseLosesUpdates: .losesUpdates
        case .databaseTakesNoPlaces: .takesNoPlaces
        case .databaseForgetsChanges: .forgetsChanges
        case .databaseBelievesTicks: .believesTicks
        case .databaseStaysSlow, .brokerIsDisorderly, .workerAcknowledgesEarly, .ownerMiscounts,
            .ownerRebuildsNoTimers, .ownerArmsNoTimerAgain, .ownerLooksAtNoQueue:
            nil
        }
    }

    /// What the witness has to say then, among other things.
    var violation: Violation {
        switch self {
        case .databaseFencesNobody: .staleEpoch
        case .databaseComparesNoVersions, .databaseRecallsNothing: .goodCommandFailed
        case .databaseForgetsTallies: .wrongDecision
        case .databaseForgetsTimes: .timeWentBack
        case .databaseLosesCommits: .toldOfNothing
        case .databaseLosesEntries: .gap
        case .databaseLosesRows, .databaseLosesUpdates: .wrongRow
        case .databaseTakesNoPlaces: .wrongStock
        case .databaseForgetsChanges: .appliedTwice
        case .databaseBelievesTicks: .expiredEarly
        case .ownerRebuildsNoTimers, .ownerArmsNoTimerAgain: .neverExpired
        case .ownerLooksAtNoQueue: .overtaken
        case .databaseStaysSlow: .notDrained
        case .brokerIsDisorderly: .outOfOrder
        case .workerAcknowledgesEarly: .lost
        case .ownerMiscounts: .wrongChain
        }
    }
}

/// What must never be.
enum Violation: Hashable, Sendable, CaseIterable {
    /// Messages are left, though nothing hinders the worker.
    case notDrained
    /// A message is acknowledged, and a command of it is neither decided nor among the dead letters.
    case lost
    /// An outcome was told that is not in the database.
    case toldOfNothing
    /// The batches that outcomes tell of do not follow each other.
    case wrongChain
    /// Commands were decided in another order than they were published.
    case outOfOrder
    /// The sequences of an event have a gap.
    case gap
    /// A decision is not what the rules give in that order.
    case wrongDecision
    /// A booking or a change does not stand as the log says.
    case wrongRow
    /// What is available, held and confirmed is not what the log says.
    case wrongStock
    /// A command has two entries.
    case appliedTwice
    /// A hold expired before it was due, or before the database's clock said so.
    case expiredEarly
    /// A hold is over, and nothing happens.
    case neverExpired
    /// A hold expired in front of a command about it that was published in time.
    case overtaken
    /// A command failed that neither kills nor is refused nor cannot be looked up.
    case goodCommandFailed
    /// Something was written by an owner after its successor.
    case staleEpoch
    /// A later command was decided at an earlier time.
    case timeWentBack
}
