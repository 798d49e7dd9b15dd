import BookingHistory
import BookingLoad
import NIOHTTP1

/// Sends bookings and asks for them, with everything written down.
struct Shopper: Sendable {
    let runEvents: RunEvents
    let recorder: Recorder
    let balancer = Balancer()

    private struct Basket: Encodable {
        let items: [ItemDocument]
        /// Absent unless it is wanted: programs that know no holds refuse the member.
        let hold: Bool?
    }

    static let pauseMin = Duration.milliseconds(100)
    static let pauseMax = Duration.seconds(4)
    static let watchSeconds = 2

    /// Sends a booking until it is known whether it was taken; returns the last answer.
    @discardableResult
    func pursue(_ intent: Intent) async throws -> BookingAnswer? {
        let deadline = ContinuousClock.now + FaultLimits.pursuitMax
        var attempt = 0
        var wasUnknown = false
        var pause = Self.pauseMin
        while ContinuousClock.now < deadline {
            attempt += 1
            guard let answer = try await post(intent, attempt: attempt) else {
                wasUnknown = true
                try await Task.sleep(for: pause)
                pause = min(pause * 2, Self.pauseMax)
                continue
            }
            if answer.isWorthARetry {
                try await Task.sleep(for: max(pause, .seconds(1)))
                pause = min(pause * 2, Self.pauseMax)
                continue
            }
            if wasUnknown { recorder.resolvedUnknown() }
            if let id = answer.acceptedID { try await follow(id, of: intent, after: attempt) }
            return answer
        }
        return nil
    }

    private func follow(_ id: String, of intent: Intent, after attempt: Int) async throws {
        recorder.accepted(
            id, of: intent.sale.event.id, by: intent.buyer, isHold: intent.after.isHold)
        if intent.isRepeated { _ = try await post(intent, attempt: attempt + 1) }
        if intent.isWatched {
            _ = try await ask(
                for: id, buyer: intent.buyer, instance: intent.instance + attempt,
                waitSeconds: Self.watchSeconds)
        }
    }

    private func post(_ intent: Intent, attempt: Int) async throws -> BookingAnswer? {
        let session = runEvents.crowd.buyers[intent.buyer]
        let body = try runEvents.client.json(
            Basket(items: intent.items, hold: intent.after.isHold ? true : nil))
        let patience = attempt == 1 ? intent.hangsUpAfter : nil
        let start = recorder.now
        let answer = await balancer.withInstance(for: intent.instance + attempt - 1) { instance in
            try? await runEvents.client.send(
                .POST, "/v1/events/\(intent.sale.event.id)/bookings", to: instance,
                token: session.token, headers: ["Idempotency-Key": intent.key], body: body,
                timeout: patience ?? FaultLimits.exchangeMax)
        }
        let seen = answer.map(BookingAnswer.init)
        try recorder.post(
            PostRecord(
                client: intent.buyer, user: session.user.id, event: intent.sale.event.id,
                key: intent.key, items: intent.items, hold: intent.after.isHold,
                attempt: attempt,
                span: recorder.span(since: start), answer: seen, isHasty: patience != nil))
        return seen
    }

    /// Asks for a booking, with a long poll.
    func ask(
        for id: String, buyer: Int, instance: Int, waitSeconds: Int
    ) async throws -> BookingAnswer? {
        let session = runEvents.crowd.buyers[buyer]
        let start = recorder.now
        let answer = await balancer.withInstance(for: instance) { instance in
            try? await runEvents.client.send(
                .GET, "/v1/bookings/\(id)", to: instance, token: session.token,
                headers: ["Prefer": "wait=\(waitSeconds)"],
                timeout: .seconds(waitSeconds) + FaultLimits.exchangeMax)
        }
        let seen = answer.map(BookingAnswer.init)
        try recorder.get(
            GetRecord(
                booking: id, user: session.user.id, span: recorder.span(since: start),
                answer: seen))
        return seen
    }

    /// Asks what is left of an event; tells whether there was an answer.
    func look(at event: String, instance: Int) async throws -> Bool {
        let start = recorder.now
        let answer = try? await runEvents.client.send(
            .GET, "/v1/events/\(event)", to: instance, headers: ["Cache-Control": "no-cache"],
            timeout: FaultLimits.exchangeMax)
        let seen = answer.map(EventAnswer.init)
        try recorder.event(
            EventRecord(
                event: event, instance: instance, span: recorder.span(since: start),
                answer: seen))
        return seen?.status == 200
    }
}
