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
        let result = await withCheckedContinuation { continuation in
            publish(
                publishing, to: exchange, routingKey: routingKey, mandatory: mandatory,
                timeout: timeout
            ) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Told what came of a publish; must not take long.
    ///
    /// It is called here and now, or later by the connection's thread, which reads and writes nothing
    /// meanwhile.
    public typealias Completion = @Sendable (Result<AMQPConfirmation, AMQPError>) -> Void

    /// The same without a task that waits; what is thrown there is a failure here.
    public func publish(
        _ publishing: AMQPPublishing, to exchange: String, routingKey: String,
        mandatory: Bool = false, timeout: Duration? = nil, completion: @escaping Completion
    ) {
        do throws(AMQPError) {
            let publication = try publication(
                of: publishing, to: exchange, routingKey: routingKey, mandatory: mandatory)
            let timeout = timeout ?? connection.configuration.requestTimeout
            let job = Job.publish(publication, on: id, timeout: timeout, completion)
            if let error = connection.link.jobs.submit(job) { throw error.withNothingSent }
        } catch { completion(.failure(error)) }
    }

    private func publication(
        of publishing: AMQPPublishing, to exchange: String, routingKey: String, mandatory: Bool
    ) throws(AMQPError) -> Publication {
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
        return publication
    }
}
