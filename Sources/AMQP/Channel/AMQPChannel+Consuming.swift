internal import Synchronization

extension AMQPChannel {
    /// Sets how many deliveries each consumer started later may have unacknowledged.
    ///
    /// - Parameter count: at least 1: what is delivered and not yet read waits in this client's
    ///   memory, so there must be a bound.
    /// - Throws: `invalidRequest` for 0, otherwise why the channel did not answer.
    public func setPrefetch(_ count: UInt16) async throws(AMQPError) {
        guard count > 0 else {
            throw .invalidRequest("An unlimited prefetch is not for this client.")
        }
        _ = try await request(.qos(prefetch: count))
        hasPrefetch.store(true, ordering: .relaxed)
    }

    /// Starts a consumer of a queue; its deliveries come by ``nextEvents(max:)``.
    ///
    /// Without a ``setPrefetch(_:)`` before it gets ``AMQPLimits/prefetchDefault``. After a
    /// `timeout` the consumer may have started all the same: close the channel.
    ///
    /// - Parameters:
    ///   - queue: the queue.
    ///   - tag: the consumer's name; the broker makes a fresh one when nil, which is best.
    ///   - exclusive: refuse to share the queue with other consumers.
    ///   - arguments: such as `x-priority`.
    /// - Returns: the consumer's tag.
    /// - Throws: `channelClosed` with 404 when there is no such queue, 403 when it is exclusive to
    ///   another consumer or not for this user.
    public func consume(
        _ queue: String, tag: String? = nil, exclusive: Bool = false, arguments: AMQPTable = [:]
    ) async throws(AMQPError) -> String {
        if !hasPrefetch.load(ordering: .relaxed) {
            try await setPrefetch(AMQPLimits.prefetchDefault)
        }
        let consumption = OutboundMethod.Consumption(
            queue: queue, tag: tag ?? "", isExclusive: exclusive, arguments: arguments)
        let reply = try await request(.consume(consumption))
        guard case .consumer(let tag) = reply else { preconditionFailure("Not a consumer.") }
        return tag
    }

    /// Ends a consumer; what it was delivered stays to be acknowledged on this channel.
    ///
    /// To keep a queue's order close the channel instead: what is on its way to a cancelled consumer goes
    /// back to the *tail* of a quorum queue, and with a single active consumer the next one starts while
    /// the deliveries of this one are still out.
    public func cancelConsumer(_ tag: String) async throws(AMQPError) {
        _ = try await request(.cancel(tag: tag))
    }

    /// The next events of this channel, in order: waits for one, then returns all that are there.
    ///
    /// One task reads at a time. Once the channel is over, events not read are dropped, since they
    /// can no longer be acknowledged and will be delivered again.
    ///
    /// - Parameter max: how many events at most.
    /// - Returns: at least one event.
    /// - Throws: `cancelled` when the task is cancelled, otherwise why the channel or connection
    ///   ended.
    public func nextEvents(max: Int) async throws(AMQPError) -> [AMQPChannelEvent] {
        try await mailbox.inbox.next(max: max)
    }

    /// The events that are there now, in order, without waiting for one; works in a cancelled task.
    ///
    /// - Parameter max: how many events at most.
    /// - Returns: none when all have been read.
    /// - Throws: why the channel or connection ended.
    public func eventsAtHand(max: Int) throws(AMQPError) -> [AMQPChannelEvent] {
        try mailbox.inbox.atHand(max: max)
    }

    /// Acknowledges a delivery, and with `multiple` all before it on this channel.
    ///
    /// Returns when the acknowledgement is on its way, in order with everything else sent on this
    /// channel; the broker does not answer it.
    public func acknowledge(upTo deliveryTag: UInt64, multiple: Bool) async throws(AMQPError) {
        try send(.ack(deliveryTag: deliveryTag, multiple: multiple))
    }

    /// Refuses a delivery: back to the queue, or to its dead-letter exchange if it has one.
    ///
    /// A quorum queue puts what is requeued at its tail: to give back in order close the channel.
    public func reject(_ deliveryTag: UInt64, requeue: Bool) async throws(AMQPError) {
        try send(.reject(deliveryTag: deliveryTag, requeue: requeue))
    }
}
