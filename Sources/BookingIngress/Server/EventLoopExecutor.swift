import NIOCore
import Synchronization

/// Runs tasks on an event loop.
///
/// A request that is worked on where its bytes arrive needs no other thread to be woken for it, which
/// costs more than most of the work. Nothing here may block: see ARCHITECTURE.md.
final class EventLoopExecutor: TaskExecutor {
    private static let known = Mutex<[ObjectIdentifier: EventLoopExecutor]>([:])

    private enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    private let eventLoop: any EventLoop
    /// What is to be run; the event loop knows of it unless it is empty.
    private let waiting = Mutex<[Work]>([])

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

    func enqueue(_ job: consuming ExecutorJob) { enqueue(.job(UnownedJob(job))) }

    /// Calls `body` on the event loop in one of its next turns.
    func call(_ body: @escaping @Sendable () -> Void) { enqueue(.call(body)) }

    private func enqueue(_ work: Work) {
        let isFirst = waiting.withLock { waiting in
            waiting.append(work)
            return waiting.count == 1
        }
        // An outcome message wakes hundreds of requests: the event loop is woken once for all of them.
        if isFirst { eventLoop.execute { self.runWaiting() } }
    }

    private func runWaiting() {
        // What is enqueued meanwhile comes in the loop's next turn, after the sockets have had theirs.
        let all = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for work in all {
            switch work {
            case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .call(let body): body()
            }
        }
    }
}
