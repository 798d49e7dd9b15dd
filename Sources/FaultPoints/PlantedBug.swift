#if FaultPoints
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Darwin)
        import Darwin
    #endif
#endif

/// A bug that a test may switch on, to see that the checks catch it.
///
/// `BOXOFFICE_PLANTED_BUG` names it, or several with commas between them. Without the trait
/// `FaultPoints` no bug can be switched on, and the compiler leaves their code out.
package enum PlantedBug: String, CaseIterable, Sendable {
    case acknowledgeBeforeCommit = "acknowledge-before-commit"
    case outcomeBeforeCommit = "outcome-before-commit"
    /// Batches are written whoever has the lease.
    case noFence = "no-fence"
    /// A command that comes again is decided again.
    case noDedupe = "no-dedupe"
    /// The version an event was decided on is not compared; the test drops the constraints itself.
    case noVersionCheck = "no-version-check"
    /// Commands are published without `mandatory`: one without a queue is confirmed and gone.
    case noMandatoryFlag = "no-mandatory-flag"
    /// Now and then a message is given back by nack and comes again behind younger ones.
    case nackRequeue = "nack-requeue"
    /// Leases are not respected and queues have several consumers.
    case twoConsumers = "two-consumers"
    /// A cancelled booking gives its places back twice.
    case cancelCreditedTwice = "cancel-credited-twice"
    /// What is held expires by the worker's own clock, which is an hour ahead, and nobody else looks.
    case expiryByOwnClock = "expiry-by-own-clock"
    /// A late confirmation is taken for one in time, though the places may have gone to others.
    case lateConfirmationTaken = "late-confirmation-taken"
    /// A new owner of a shard does not read what is held there, and when it is due.
    case holdSurvivesTakeover = "hold-survives-takeover"
    /// A command for thirteen tickets kills the worker that decides it; no promise is broken by it.
    case fatalThirteen = "fatal-thirteen"

    @inline(__always)
    package var isOn: Bool {
        #if FaultPoints
            Self.planted.contains(self)
        #else
            false
        #endif
    }

    /// Ends the process as a crash would, without the seconds that a backtrace takes.
    package static func crash() {
        #if FaultPoints
            kill(getpid(), SIGKILL)
        #endif
    }

    #if FaultPoints
        private static let planted: Set<PlantedBug> = {
            guard let names = getenv("BOXOFFICE_PLANTED_BUG") else { return [] }
            return Set(
                String(cString: names).split(separator: ",").map {
                    guard let bug = PlantedBug(rawValue: String($0)) else {
                        let message = "BOXOFFICE_PLANTED_BUG: there is no bug '\($0)'\n"
                        _ = write(STDERR_FILENO, message, message.utf8.count)
                        exit(EX_USAGE)
                    }
                    return bug
                })
        }()
    #endif
}
