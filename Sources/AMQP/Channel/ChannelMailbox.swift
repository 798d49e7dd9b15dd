internal import Synchronization

/// The events of one channel between the connection's thread and their reader.
///
/// Bounded by nature: the broker sends no more than the prefetch of each consumer before the
/// deliveries are acknowledged.
final class ChannelMailbox: Sendable {
    private typealias Reader = CheckedContinuation<Result<[AMQPChannelEvent], AMQPError>, Never>

    private struct State {
        var events: [AMQPChannelEvent] = []
        /// Where the events not yet read begin.
        var head = 0
        var reader: (Reader, max: Int)?
        /// Counts the readers, so that a cancellation releases its own and no other.
        var lastReader: UInt64 = 0
        var ended: AMQPError?

        mutating func take(_ max: Int) -> [AMQPChannelEvent] {
            let count = min(max, events.count - head)
            if head == 0 && count == events.count {
                defer { events = [] }
                return events
            }
            defer {
                head += count
                if head > events.count / 2 {
                    events.removeFirst(head)
                    head = 0
                }
            }
            return Array(events[head..<(head + count)])
        }
    }

    private let state = Mutex(State())
    /// Set when the channel is over.
    let ended = Latch<AMQPError>()

    /// Why the channel is over, nil while it is not.
    var error: AMQPError? { state.withLock { $0.ended } }

    /// Whether a reader waits.
    var hasReader: Bool { state.withLock { $0.reader != nil } }

    func append(_ events: [AMQPChannelEvent]) {
        let resumption: (Reader, [AMQPChannelEvent])? = state.withLock { state in
            if state.events.isEmpty {
                state.events = events
            } else {
                state.events += events
            }
            guard let (reader, max) = state.reader else { return nil }
            state.reader = nil
            return (reader, state.take(max))
        }
        if let (reader, events) = resumption { reader.resume(returning: .success(events)) }
    }

    /// Ends the channel and drops the events not read.
    ///
    /// They can no longer be acknowledged, and the broker delivers them again to whoever consumes
    /// next.
    func end(_ error: AMQPError) {
        let reader: Reader? = state.withLock { state in
            state.ended = state.ended ?? error
            state.events = []
            state.head = 0
            defer { state.reader = nil }
            return state.reader?.0
        }
        reader?.resume(returning: .failure(error))
        ended.set(error)
    }

    /// The next events, at least one and at most `max`.
    func next(max: Int) async throws(AMQPError) -> [AMQPChannelEvent] {
        guard max > 0 else { throw .invalidRequest("At least one event must be asked for.") }
        guard !Task.isCancelled else { throw .cancelled }
        let id = try registerReader()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (reader: Reader) in
                if let result = enter(reader, max: max) {
                    reader.resume(returning: result)
                } else if Task.isCancelled {
                    release(id)
                }
            }
        } onCancel: {
            release(id)
        }
        return try result.get()
    }

    /// The events that are there, at most `max`.
    func takeNow(max: Int) throws(AMQPError) -> [AMQPChannelEvent] {
        guard max > 0 else { throw .invalidRequest("At least one event must be asked for.") }
        return try state.withLock { (state) throws(AMQPError) in
            if let ended = state.ended { throw ended }
            return state.take(max)
        }
    }

    private func registerReader() throws(AMQPError) -> UInt64 {
        try state.withLock { (state) throws(AMQPError) in
            guard state.reader == nil else {
                throw .invalidRequest("A channel has one reader at a time.")
            }
            state.lastReader += 1
            return state.lastReader
        }
    }

    /// Lets the reader wait, unless there is something to give it.
    private func enter(
        _ reader: Reader, max: Int
    ) -> Result<[AMQPChannelEvent], AMQPError>? {
        state.withLock { state in
            if let ended = state.ended { return .failure(ended) }
            if state.reader != nil {
                return .failure(.invalidRequest("A channel has one reader at a time."))
            }
            if state.head < state.events.count { return .success(state.take(max)) }
            state.reader = (reader, max)
            return nil
        }
    }

    private func release(_ id: UInt64) {
        let reader: Reader? = state.withLock { state in
            guard state.lastReader == id else { return nil }
            defer { state.reader = nil }
            return state.reader?.0
        }
        reader?.resume(returning: .failure(.cancelled))
    }
}
