import NIOHTTP1

/// Those who take part: organizers and many buyers, registered and signed in over the API.
package struct Crowd: Sendable {
    package let organizers: [Session]
    package let buyers: [Session]

    /// The first organizer.
    package var organizer: Session { organizers[0] }

    private static let password = "a drill's password, worth nothing"
    /// How many accounts come from one address.
    private static let accountsByAddress = 200
    private static let tellInterval = Duration.seconds(5)

    /// Signs up everybody, a few at a time, since each costs the ingress two password hashes.
    ///
    /// `run` makes the e-mail addresses unlike those of any other run. An organizer makes about a hundred events
    /// at once, and then one a second: whoever wants more has more `organizers`, one at least. Every few seconds
    /// it tells how far it is.
    package static func signUp(
        buyers: Int, organizers: Int = 1, run: String, client: BookingClient,
        progress: (String) -> Void = { _ in }
    ) async throws -> Crowd {
        var told = ContinuousClock.now
        let leaders = try await signedIn(max(1, organizers), client) { number in
            try await client.signUp(
                email: "organizer-\(number).\(run)@drill.example",
                name: "Organizer \(number) of drill \(run)", role: "organizer", password: password,
                as: number / accountsByAddress)
        }
        let followers = try await signedIn(buyers, client) { buyer in
            try await client.signUp(
                email: "buyer-\(buyer).\(run)@drill.example", name: "Buyer \(buyer)",
                role: "attendee", password: password, at: buyer, as: buyer / accountsByAddress)
        } arrived: { count in
            guard ContinuousClock.now - told >= tellInterval, count < buyers else { return }
            told = .now
            progress("  \(count) of \(buyers) buyers are signed up")
        }
        return Crowd(organizers: leaders, buyers: followers)
    }

    /// The sessions that `signUp` gives for 1 to `count`, in order.
    private static func signedIn(
        _ count: Int, _ client: BookingClient,
        _ signUp: @escaping @Sendable (Int) async throws -> Session,
        arrived: (Int) -> Void = { _ in }
    ) async throws -> [Session] {
        var sessions: [Int: Session] = [:]
        do {
            try await withThrowingTaskGroup(of: (Int, Session).self) { group in
                for number in 1...count {
                    if number > DrillLimits.registrationsAtOnce,
                        let (number, session) = try await group.next()
                    {
                        sessions[number] = session
                        arrived(sessions.count)
                    }
                    group.addTask { (number, try await signUp(number)) }
                }
                for try await (number, session) in group { sessions[number] = session }
            }
        } catch {
            // In a task of its own, for this one may be cancelled.
            let crowd = Crowd(organizers: [], buyers: Array(sessions.values))
            await Task { await crowd.leave(client) }.value
            throw error
        }
        return (1...count).compactMap { sessions[$0] }
    }

    /// Removes all these accounts, as far as they may be removed: an organizer's is kept while an event of
    /// theirs is not over.
    package func leave(_ client: BookingClient) async {
        await withTaskGroup(of: Void.self) { group in
            for (number, session) in (buyers + organizers).enumerated() {
                if number >= DrillLimits.registrationsAtOnce { await group.next() }
                group.addTask {
                    // A run that has come to its end is not worth less for an account that is left.
                    _ = try? await client.send(
                        .DELETE, "/v1/users/me", to: number, token: session.token)
                }
            }
        }
    }

    /// Opens connections by letting buyers ask for themselves, `count` requests at once.
    package func warmUp(_ client: BookingClient, count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for place in 1...count {
                let session = buyers[place % buyers.count]
                group.addTask {
                    let answer = try await client.get(
                        "/v1/users/me", from: place, token: session.token)
                    _ = try answer.expect(200, UserDocument.self)
                }
            }
            try await group.waitForAll()
        }
    }
}
