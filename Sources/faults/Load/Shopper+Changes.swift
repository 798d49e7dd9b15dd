import BookingHistory
import BookingLoad
import NIOHTTP1

/// What becomes of a booking once it was accepted.
extension Shopper {
    /// How often a change is asked for until it is decided.
    private static let changeLooksMax = 10

    private struct Paying: Encodable {
        let paying = true
    }

    /// Does with the booking `id` what its buyer intends, step by step.
    func finish(_ id: String, of intent: Intent) async throws {
        for (place, step) in intent.after.steps.enumerated() {
            try await Task.sleep(for: step.pause)
            switch step.act {
            case .look:
                _ = try await ask(
                    for: id, buyer: intent.buyer, instance: intent.instance + place, waitSeconds: 0)
            case .change(let verb):
                let key = step.hasKey ? "\(intent.key)-\(place)" : nil
                try await pursue(verb, of: id, key: key, step, intent)
            }
        }
    }

    /// Sends a change until it is known whether it was taken, and asks what it comes to.
    private func pursue(
        _ verb: ChangeVerb, of id: String, key: String?, _ step: AfterSale.Step, _ intent: Intent
    ) async throws {
        let deadline = ContinuousClock.now + FaultLimits.pursuitMax
        var pause = Self.pauseMin
        var attempt = 0
        while ContinuousClock.now < deadline {
            attempt += 1
            let answer = try await send(verb, of: id, key: key, attempt, step, intent)
            if let answer, answer.status < 500, answer.status != 429 {
                if answer.status == 202, let change = answer.change {
                    try await settle(change, of: id, intent, from: intent.instance + attempt)
                }
                break
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, Self.pauseMax)
        }
        guard let repeatedAfter = step.repeatedAfter else { return }
        try await Task.sleep(for: repeatedAfter)
        _ = try await send(verb, of: id, key: key, attempt + 1, step, intent)
    }

    private func send(
        _ verb: ChangeVerb, of id: String, key: String?, _ attempt: Int, _ step: AfterSale.Step,
        _ intent: Intent
    ) async throws -> ChangeAnswer? {
        let session = runEvents.crowd.buyers[intent.buyer]
        let (method, path): (HTTPMethod, String) =
            switch verb {
            case .confirm, .pay: (.POST, "/confirmation")
            case .extend: (.POST, "/extension")
            case .cancel: (.DELETE, "")
            }
        let body = verb == .pay ? try runEvents.client.json(Paying()) : nil
        var headers: HTTPHeaders = [:]
        if let key { headers.add(name: "Idempotency-Key", value: key) }
        if step.waitSeconds > 0 {
            headers.add(name: "Prefer", value: "wait=\(step.waitSeconds)")
        }
        let start = recorder.now
        let answer = await balancer.withInstance(for: intent.instance + attempt) { instance in
            try? await runEvents.client.send(
                method, "/v1/bookings/\(id)\(path)", to: instance, token: session.token,
                headers: headers, body: body,
                timeout: .seconds(step.waitSeconds) + FaultLimits.exchangeMax)
        }
        let seen = answer.map(ChangeAnswer.init)
        try recorder.change(
            ChangeRecord(
                booking: id, user: session.user.id, verb: verb, key: key, attempt: attempt,
                span: recorder.span(since: start), answer: seen))
        return seen
    }

    /// Asks for a change, with long polls, until it is decided.
    private func settle(
        _ change: String, of id: String, _ intent: Intent, from instance: Int
    ) async throws {
        let session = runEvents.crowd.buyers[intent.buyer]
        for look in 0..<Self.changeLooksMax {
            let start = recorder.now
            let answer = await balancer.withInstance(for: instance + look) { instance in
                try? await runEvents.client.send(
                    .GET, "/v1/bookings/\(id)/changes/\(change)", to: instance,
                    token: session.token, headers: ["Prefer": "wait=\(Self.watchSeconds)"],
                    timeout: .seconds(Self.watchSeconds) + FaultLimits.exchangeMax)
            }
            let seen = answer.map(ChangeAnswer.init)
            try recorder.changeLook(
                ChangeLookRecord(
                    booking: id, user: session.user.id, change: change,
                    span: recorder.span(since: start), answer: seen))
            if let seen, seen.status == 200, seen.outcome != "pending" { return }
            if seen?.status != 200 { try await Task.sleep(for: Self.pauseMin) }
        }
    }
}
