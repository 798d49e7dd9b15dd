/// One event's sale: created, besieged, looked at afterwards.
struct Round: Sendable {
    let number: Int
    /// Names this run in keys and titles.
    let run: String
    let configuration: DrillConfiguration
    let client: BookingClient
    let crowd: Crowd

    /// How long after the last answer the counters of every instance may take to catch up.
    private static let settlingMax = Duration.seconds(5)
    private static let settlingStep = Duration.milliseconds(20)
    /// From the end of the preparations to the instant at which all requests set out.
    private static let runUp = Duration.milliseconds(50)

    /// Rounds go to the organizers in turn.
    var organizer: Session { crowd.organizers[number % crowd.organizers.count] }

    /// An event of this round with a ticket type for each capacity.
    func createEvent(capacities: [Int]) async throws -> EventDocument {
        try await client.createEvent(
            title: "Drill \(run), round \(number)", capacities: capacities,
            organizer: organizer)
    }

    /// One of each ticket type.
    func oneOfEach(_ event: EventDocument, quantity: Int = 1) -> [BookingDocument.Item] {
        event.ticketTypes.map {
            BookingDocument.Item(ticketTypeId: $0.id, quantity: quantity)
        }
    }

    func request(
        _ place: Int, buyer: Int, event: EventDocument, items: [BookingDocument.Item], key: String
    ) -> BookingRequest {
        BookingRequest(
            buyer: buyer, session: crowd.buyers[buyer - 1], event: event.id,
            key: "drill-\(run)-\(number)-\(key)", items: items, instance: place)
    }

    /// Sends all requests at the same instant, or spread over the configured span.
    func sendAtOnce(_ requests: [BookingRequest]) async throws -> [SubmissionRecord] {
        let start = ContinuousClock.now + Self.runUp
        let submitter = submitter(epoch: start)
        let step = configuration.spread / max(requests.count - 1, 1)
        return try await withThrowingTaskGroup(of: (Int, SubmissionRecord).self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask {
                    try await Task.sleep(
                        until: start + step * index, tolerance: .zero, clock: .continuous)
                    return (index, try await submitter.pursue(request))
                }
            }
            var records: [Int: SubmissionRecord] = [:]
            for try await (index, record) in group { records[index] = record }
            return requests.indices.compactMap { records[$0] }
        }
    }

    /// Sends the requests one after the other, each once the one before has its outcome.
    func sendInTurn(_ requests: [BookingRequest]) async throws -> [SubmissionRecord] {
        let submitter = submitter(epoch: .now)
        var records: [SubmissionRecord] = []
        for request in requests { records.append(try await submitter.pursue(request)) }
        return records
    }

    /// What the organizer's list and every instance's counters say now.
    func evidence(
        of event: EventDocument, submissions: [SubmissionRecord]
    ) async throws -> RoundEvidence {
        let line = try await client.line(of: event.id, organizer: organizer)
        var evidence = RoundEvidence(stocks: [], submissions: submissions, line: line)
        let deadline = ContinuousClock.now + Self.settlingMax
        for instance in client.urls.indices {
            repeat {
                evidence.stocks = try await client.event(event.id, at: instance).ticketTypes.map {
                    RoundEvidence.Stock(
                        ticketTypeId: $0.id, capacity: $0.capacity, available: $0.available)
                }
                if RoundChecker.countersAgree(evidence).holds { break }
                try await Task.sleep(for: Self.settlingStep)
            } while ContinuousClock.now < deadline
            if !RoundChecker.countersAgree(evidence).holds { break }
        }
        return evidence
    }

    private func submitter(epoch: ContinuousClock.Instant) -> Submitter {
        Submitter(
            client: client, waitSeconds: configuration.waitSeconds,
            patience: configuration.patience, epoch: epoch)
    }
}
