import NIOCore
import Synchronization

/// Runs tasks on an event loop.
///
/// A request that is worked on where its bytes arrive needs no other thread to be woken for it, which
/// costs more than most of the work. Nothing here may block: see ARCHITECTURE.md.
final class EventLoopExecutor: TaskExecutor {
    private static let known = Mutex<[ObjectIdentifier: EventLoopExecutor]>([:])

    private let eventLoop: any EventLoop
    /// What is to be run, and whether the event loop knows that there is something.
    private let waiting = Mutex<[UnownedJob]>([])

    private init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// The one executor of an event loop; event loops are few and last as long as the process.
    static func on(_ eventLoop: any EventLoop) -> EventLoopExecutor {
        known.withLock { known in
            if let executor = known[ObjectIdentifier(eventLoop)] { return executor }
            let executor = EventLoopExecutor(eventLoop)
            known[ObjectIdentifier(eventLoop)] = executor
            return executor
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = waiting.withLock { waiting in
            waiting.append(job)
            return waiting.count == 1
        }
        // An outcome message wakes hundreds of requests: the event loop is woken once for all of them.
        if isFirst { eventLoop.execute { self.runWaiting() } }
    }

    private func runWaiting() {
        // What is enqueued meanwhile comes in the loop's next turn, after the sockets have had theirs.
        let jobs = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
