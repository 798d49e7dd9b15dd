/// A request for tickets that is about to be sent.
package struct BookingRequest: Sendable {
    package let buyer: Int
    package let session: Session
    package let event: String
    package let key: String
    package let items: [BookingDocument.Item]
    /// The instance of the first attempt; each further one goes to the next.
    package let instance: Int

    package init(
        buyer: Int, session: Session, event: String, key: String, items: [BookingDocument.Item],
        instance: Int
    ) {
        self.buyer = buyer
        self.session = session
        self.event = event
        self.key = key
        self.items = items
        self.instance = instance
    }
}

/// Sends requests for tickets and pursues each to its outcome, always under its own key.
package struct Submitter: Sendable {
    package let client: BookingClient
    package let waitSeconds: Int
    package let patience: Duration
    /// What all times are counted from.
    package let epoch: ContinuousClock.Instant

    package init(
        client: BookingClient, waitSeconds: Int, patience: Duration,
        epoch: ContinuousClock.Instant = .now
    ) {
        self.client = client
        self.waitSeconds = waitSeconds
        self.patience = patience
        self.epoch = epoch
    }

    /// Pursues `request` to its outcome.
    ///
    /// Throws only when the task is cancelled or the request cannot be built.
    package func pursue(_ request: BookingRequest) async throws -> SubmissionRecord {
        let submission = try await drive(request) { _ in false }
        return record(of: submission, for: request)
    }

    /// Pursues `request` until it is accepted or refused, and leaves its outcome to whoever asks.
    package func submit(_ request: BookingRequest) async throws -> SubmissionRecord {
        let submission = try await drive(request) { $0.acceptedAt != nil }
        return record(of: submission, for: request)
    }

    private func drive(
        _ request: BookingRequest, until isEnough: (Submission) -> Bool
    ) async throws -> Submission {
        let body = try client.json(NewBookingDocument(items: request.items))
        var submission = Submission(at: offset, patience: patience)
        var action = Submission.Action.post(after: .zero)
        var attempt = request.instance
        while !isEnough(submission) {
            let answer: Result<SubmissionAnswer, LoadError>
            switch action {
            case .finish: return submission
            case .post(let pause):
                try await self.pause(pause)
                answer = await interpret { () async throws(LoadError) in
                    try await client.submit(
                        body, to: request.event, key: request.key, buyer: request.session,
                        waitSeconds: waitSeconds, at: attempt)
                }
            case .ask(let id, let pause):
                try await self.pause(pause)
                answer = await interpret { () async throws(LoadError) in
                    try await client.status(
                        of: id, as: request.session, waitSeconds: max(waitSeconds, 1), at: attempt)
                }
            }
            try Task.checkCancellation()
            attempt += 1
            switch answer {
            case .success(let answer): action = submission.received(answer, at: offset)
            case .failure(let error): action = submission.failed(error, at: offset)
            }
        }
        return submission
    }

    private var offset: Duration { epoch.duration(to: .now) }

    private func pause(_ pause: Duration) async throws {
        if pause > .zero { try await Task.sleep(for: pause) }
    }

    private func interpret(
        _ exchange: () async throws(LoadError) -> Answer
    ) async -> Result<SubmissionAnswer, LoadError> {
        do {
            return .success(try SubmissionAnswer(await exchange()))
        } catch {
            return .failure(error)
        }
    }

    private func record(
        of submission: Submission, for request: BookingRequest
    ) -> SubmissionRecord {
        let outcome: SubmissionOutcome =
            switch submission.state {
            case .done(let outcome): outcome
            case .following(let id): .open(id: id)
            case .posting: .unanswered(seen: "not pursued to its end")
            }
        return SubmissionRecord(
            buyer: request.buyer, items: request.items, sentAt: submission.firstSentAt,
            acceptedAt: submission.acceptedAt, outcomeAt: submission.outcomeAt ?? offset,
            outcome: outcome, ids: submission.ids, retries: submission.retries)
    }
}
