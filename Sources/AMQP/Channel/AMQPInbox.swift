internal import Synchronization

/// The events of one or several channels of a connection, in the order in which they came, for one reader.
///
/// Every channel has one of its own unless it is opened with another's. Bounded by nature: the broker
/// sends no more than the prefetch of each consumer before the deliveries are acknowledged.
public final class AMQPInbox: Sendable {
    private typealias Reader = CheckedContinuation<Result<[AMQPChannelEvent], AMQPError>, Never>

    private struct State {
        var events: [AMQPChannelEvent] = []
        /// Where the events not yet read begin.
        var head = 0
        var reader: (Reader, max: Int)?
        /// Counts the readers, so that a cancellation releases its own and no other.
        var lastReader: UInt64 = 0
        var ended: AMQPError?
        /// Whether the next reader is to return at once, though there may be nothing for it.
        var isWoken = false

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

    /// An inbox that channels may be opened with.
    public init() {}

    /// Whether a reader waits.
    var hasReader: Bool { state.withLock { $0.reader != nil } }

    func append(_ events: [AMQPChannelEvent]) {
        let resumption: (Reader, [AMQPChannelEvent])? = state.withLock { state in
            guard state.ended == nil else { return nil }
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

    /// Ends it and drops the events not read.
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
    }

    /// Lets the reader that waits return with what there is, which may be nothing; or the next one.
    public func wake() {
        let resumption: (Reader, [AMQPChannelEvent])? = state.withLock { state in
            guard let (reader, max) = state.reader else {
                state.isWoken = true
                return nil
            }
            state.reader = nil
            return (reader, state.take(max))
        }
        if let (reader, events) = resumption { reader.resume(returning: .success(events)) }
    }

    /// Lets its reader know that nothing more is wanted; the channels stay as they are.
    public func close() { end(.channelClosedByUs) }

    /// The next events, in order: waits for one, then returns all that are there.
    ///
    /// One task reads at a time. A channel that the broker ends, or that ends with the connection, ends the
    /// inbox; one that this client closes ends it only if it is the inbox's own. Of such a channel events
    /// may still come that can no longer be acknowledged.
    ///
    /// - Parameter max: how many events at most.
    /// - Returns: at least one event, unless it was woken by ``wake()``.
    /// - Throws: `cancelled` when the task is cancelled, otherwise why the channel or connection
    ///   ended.
    public func next(max: Int) async throws(AMQPError) -> [AMQPChannelEvent] {
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

    /// The events that are there now, in order, without waiting for one; works in a cancelled task.
    ///
    /// - Parameter max: how many events at most.
    /// - Returns: none when all have been read.
    /// - Throws: why the channel or connection ended.
    public func atHand(max: Int) throws(AMQPError) -> [AMQPChannelEvent] {
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
            if state.head < state.events.count || state.isWoken {
                state.isWoken = false
                return .success(state.take(max))
            }
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
