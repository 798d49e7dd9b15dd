#if FaultPoints
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Darwin)
        import Darwin
    #endif
#endif

/// A point in a booking's life at which a test may end or freeze the process that has it in hand.
///
/// A test arms a point by making a file in the folder that `BOXOFFICE_FAULTS_DIR` names: `kill-`,
/// `stop-` or `trap-` and the point's name. The first process to pass the point takes the file away and
/// gets SIGKILL or SIGSTOP, or adds two numbers whose sum is too large, which is how a program error
/// ends it. Without the trait `FaultPoints` nothing of this is in the program.
package enum FaultPoint: String, CaseIterable, Sendable {
    /// An ingress is about to publish commands, whose clients wait.
    case submitting
    /// The messages are here, nothing is done yet.
    case received
    /// The batch is decided and about to be written.
    case beforeCommit = "before-commit"
    /// The first statement of the batch's transaction has been sent, the others have not.
    case midPipeline = "mid-pipeline"
    /// The batch's transaction has been sent and not been answered.
    case inTransaction = "in-transaction"
    /// The batch is in the database, nobody knows.
    case afterCommit = "after-commit"
    /// The outcomes have been sent, the broker has not confirmed them.
    case midPublish = "mid-publish"
    /// The outcomes are out, the messages still stand in the queues.
    case afterPublish = "after-publish"
    /// The shard is about to be handed over, and what is in hand being finished.
    case draining
    /// The acknowledgement is about to be sent.
    case beforeAcknowledge = "before-acknowledge"

    /// Whether this is a test build, which has them.
    package static var areThere: Bool {
        #if FaultPoints
            true
        #else
            false
        #endif
    }

    /// Whether a test has armed it, for what is done only then.
    @inline(__always)
    package var isArmed: Bool {
        #if FaultPoints
            FaultsFolder.isArmed(rawValue)
        #else
            false
        #endif
    }

    /// Comes back, unless the point is armed to end the process.
    @inline(__always)
    package func pass() {
        #if FaultPoints
            FaultsFolder.obey(rawValue)
        #endif
    }

    /// As ``pass()``, but the end comes a moment later, while what is begun now is under way.
    @inline(__always)
    package func passUnderWay() {
        #if FaultPoints
            FaultsFolder.obeySoon(rawValue)
        #endif
    }
}

#if FaultPoints
    private enum FaultsFolder {
        private static let path = getenv("BOXOFFICE_FAULTS_DIR").map { String(cString: $0) }

        static func isArmed(_ point: String) -> Bool {
            guard let path else { return false }
            return access("\(path)/kill-\(point)", F_OK) == 0
                || access("\(path)/stop-\(point)", F_OK) == 0
        }

        static func obey(_ point: String) {
            guard let path else { return }
            // Raised in this very thread, which goes no step further.
            if unlink("\(path)/kill-\(point)") == 0 { raise(SIGKILL) }
            if unlink("\(path)/stop-\(point)") == 0 { raise(SIGSTOP) }
            if unlink("\(path)/trap-\(point)") == 0 { trap() }
        }

        /// Overflows; what the compiler cannot foresee.
        @inline(never)
        private static func trap() {
            let largest = UInt8(truncatingIfNeeded: getpid()) | .max
            exit(Int32(largest + 1))
        }

        /// Nobody handles SIGALRM, so it ends the process as suddenly as SIGKILL does.
        static func obeySoon(_ point: String) {
            guard let path else { return }
            if unlink("\(path)/kill-\(point)") == 0 { ualarm(500, 0) }
        }
    }
#endif
