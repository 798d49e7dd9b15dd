/// Those who take part: one organizer and many buyers, registered and signed in over the API.
package struct Crowd: Sendable {
    package let organizer: Session
    package let buyers: [Session]

    private static let password = "a drill's password, worth nothing"

    /// Signs up everybody, a few at a time, since each costs the ingress two password hashes.
    ///
    /// `run` makes the e-mail addresses unlike those of any other run.
    package static func signUp(
        buyers: Int, run: String, client: BookingClient
    ) async throws -> Crowd {
        let organizer = try await client.signUp(
            email: "organizer.\(run)@drill.example", name: "Organizer of drill \(run)",
            role: "organizer", password: password)
        let sessions = try await withThrowingTaskGroup(of: (Int, Session).self) { group in
            var sessions: [Int: Session] = [:]
            for buyer in 1...buyers {
                if buyer > DrillLimits.registrationsAtOnce,
                    let (number, session) = try await group.next()
                {
                    sessions[number] = session
                }
                group.addTask {
                    let session = try await client.signUp(
                        email: "buyer-\(buyer).\(run)@drill.example", name: "Buyer \(buyer)",
                        role: "attendee", password: password, at: buyer)
                    return (buyer, session)
                }
            }
            for try await (number, session) in group { sessions[number] = session }
            return sessions
        }
        return Crowd(organizer: organizer, buyers: (1...buyers).compactMap { sessions[$0] })
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
