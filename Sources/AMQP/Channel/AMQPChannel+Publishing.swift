extension AMQPChannel {
    /// Lets the broker confirm every message published on this channel from now on.
    public func enablePublisherConfirms() async throws(AMQPError) {
        _ = try await request(.confirmSelect)
    }

    /// Publishes a message and waits for the broker's confirm.
    ///
    /// Calls from many tasks at once are written together and confirmed together. A cancelled task
    /// waits on: the outcome is known at the latest when the time runs out. A `mandatory` message
    /// without a message id gets one, by which its return is told.
    ///
    /// - Parameters:
    ///   - publishing: the message.
    ///   - exchange: where to; the empty name is the default exchange, which routes to the queue
    ///     named by the routing key.
    ///   - routingKey: by which the exchange chooses the queues.
    ///   - mandatory: return the message when no queue takes it, which a confirm alone hides.
    ///   - timeout: how long to wait; the configuration's `requestTimeout` when nil.
    /// - Returns: what the broker said.
    /// - Throws: at once `unavailable` when the broker blocks publishing, `overloaded` at a limit,
    ///   `invalidRequest` without ``enablePublisherConfirms()``. When the connection or channel
    ///   ends or the time runs out, the error's `isSafeToRetry` is false unless nothing was sent.
    public func publish(
        _ publishing: AMQPPublishing, to exchange: String, routingKey: String,
        mandatory: Bool = false, timeout: Duration? = nil
    ) async throws(AMQPError) -> AMQPConfirmation {
        try checkOpen()
        guard !connection.isBlocked else { throw .blocked }
        var publishing = publishing
        if mandatory && publishing.properties.messageID == nil {
            publishing.properties.messageID = connection.link.nextMessageID()
        }
        let publication = Publication(
            exchange: exchange, routingKey: routingKey, isMandatory: mandatory,
            publishing: publishing)
        try publication.validate()
        let timeout = timeout ?? connection.configuration.requestTimeout
        let result = await withCheckedContinuation { (continuation: PublishContinuation) in
            let job = Job.publish(publication, on: id, timeout: timeout, continuation)
            if let error = connection.link.jobs.submit(job) { job.fail(error.withNothingSent) }
        }
        return try result.get()
    }
}
