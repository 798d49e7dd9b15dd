internal import Synchronization

typealias RequestContinuation = CheckedContinuation<Result<Reply, AMQPError>, Never>

/// What callers ask a connection's thread to do.
enum Job: Sendable {
    case openChannel(ChannelMailbox, RequestContinuation)
    case request(OutboundMethod, on: ChannelID, RequestContinuation)
    /// A method without a reply: nobody waits.
    case send(OutboundMethod, on: ChannelID)
    case publish(Publication, on: ChannelID, timeout: Duration, AMQPChannel.Completion)
    case closeChannel(ChannelID, RequestContinuation?)
    /// Say farewell, then close the socket.
    case close
    /// Close the socket.
    case abort

    /// Fails whoever waits, for a job that was never begun.
    func fail(_ error: AMQPError) {
        switch self {
        case .openChannel(_, let continuation), .request(_, on: _, let continuation):
            continuation.resume(returning: .failure(error))
        case .publish(_, on: _, timeout: _, let completion):
            completion(.failure(error))
        case .closeChannel(_, let continuation):
            continuation?.resume(returning: .failure(error))
        case .send, .close, .abort:
            break
        }
    }
}

/// The jobs of a connection's thread, and the signal that wakes it when it sleeps.
final class JobQueue: Sendable {
    private struct State {
        var jobs: [Job] = []
        var isAsleep = false
        var closed: AMQPError?
    }

    private let state = Mutex(State())
    private let signal: WakeSignal

    init(signal: WakeSignal) { self.signal = signal }

    var isClosed: Bool { state.withLock { $0.closed != nil } }

    /// Enters a job; returns the error when it was not taken.
    func submit(_ job: Job) -> AMQPError? {
        var mustWake = false
        let error: AMQPError? = state.withLock { state in
            if let closed = state.closed { return closed }
            guard state.jobs.count < AMQPLimits.jobsMax else {
                return .overloaded("Too many calls wait for the connection's thread.")
            }
            state.jobs.append(job)
            mustWake = state.isAsleep
            state.isAsleep = false
            return nil
        }
        if mustWake { signal.wake() }
        return error
    }

    /// Takes every job there is, in order, and leaves the given array, an empty one, in their place.
    func take(into taken: inout [Job]) {
        state.withLock { state in
            state.isAsleep = false
            swap(&state.jobs, &taken)
        }
    }

    /// Announces that the thread is about to sleep; false when a job came in the meantime.
    func mayFallAsleep() -> Bool {
        state.withLock { state in
            state.isAsleep = state.jobs.isEmpty
            return state.isAsleep
        }
    }

    /// Takes no more jobs, and returns those not begun.
    func close(_ error: AMQPError) -> [Job] {
        state.withLock { state in
            state.closed = state.closed ?? error
            defer { state.jobs = [] }
            return state.jobs
        }
    }
}
