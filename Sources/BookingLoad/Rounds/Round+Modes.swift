extension Round {
    /// Places enough for every body of a same-key round: one, and a second booking of two.
    private static let sameKeySeatsMin = 3

    /// Plays the round the configuration asks for.
    func play() async throws -> RoundReport {
        switch configuration.mode {
        case .rush: try await rush(capacities: [configuration.seats])
        case .baskets(let second): try await rush(capacities: [configuration.seats, second])
        case .sameKey(let copies): try await sameKey(copies: copies)
        case .latency(let bookings): try await latency(bookings: bookings)
        }
    }

    /// Every buyer wants one of each ticket type, all at the same instant.
    private func rush(capacities: [Int]) async throws -> RoundReport {
        let event = try await createEvent(capacities: capacities)
        try await crowd.warmUp(client, count: configuration.buyers)
        let items = oneOfEach(event)
        let requests = (1...configuration.buyers).map {
            request($0, buyer: $0, event: event, items: items, key: "buyer-\($0)")
        }
        return try await report(event, submissions: try await sendAtOnce(requests))
    }

    /// One booking after the other, by buyers that take turns; there is a place for each.
    private func latency(bookings: Int) async throws -> RoundReport {
        let event = try await createEvent(capacities: [bookings])
        try await crowd.warmUp(client, count: client.urls.count)
        let items = oneOfEach(event)
        let requests = (1...bookings).map {
            request(
                $0, buyer: 1 + $0 % crowd.buyers.count, event: event, items: items,
                key: "booking-\($0)")
        }
        return try await report(event, submissions: try await sendInTurn(requests))
    }

    private func report(
        _ event: EventDocument, submissions: [SubmissionRecord]
    ) async throws -> RoundReport {
        let evidence = try await evidence(of: event, submissions: submissions)
        return RoundReport(
            number: number, event: event.id, submissions: submissions, line: evidence.line,
            verdicts: RoundChecker.verdicts(on: evidence))
    }

    /// One key many times at once; then another body under it; then two bodies racing for a key.
    private func sameKey(copies: Int) async throws -> RoundReport {
        let event = try await createEvent(
            capacities: [max(configuration.seats, Self.sameKeySeatsMin)])
        try await crowd.warmUp(client, count: copies)
        let one = oneOfEach(event)
        let two = oneOfEach(event, quantity: 2)
        let same = try await sendAtOnce(
            (1...copies).map { request($0, buyer: 1, event: event, items: one, key: "same") })
        let other = try await sendInTurn([
            request(0, buyer: 1, event: event, items: two, key: "same")
        ])
        let rivals = try await sendAtOnce(
            (1...copies).map {
                // Two in a row, so that both bodies reach every instance. Until the key is accepted each
                // counts as a booking, so this is another buyer.
                request(
                    $0, buyer: 2, event: event, items: $0 % 4 < 2 ? one : two, key: "rivals")
            })
        let line = try await client.line(of: event.id, organizer: organizer)
        guard let other = other.first else {
            throw LoadError(code: .configuration, detail: "no request was sent")
        }
        let evidence = SameKeyEvidence(copies: same, otherBody: other, rivals: rivals, line: line)
        return RoundReport(
            number: number, event: event.id, submissions: same + [other] + rivals, line: line,
            verdicts: RoundChecker.verdicts(on: evidence))
    }
}
