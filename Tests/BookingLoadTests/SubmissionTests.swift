import NIOHTTP1
import Testing

@testable import BookingLoad

@Suite("Pursuing one request")
struct SubmissionTests {
    static let items = [BookingDocument.Item(ticketTypeId: "type-1", quantity: 1)]
    static let pending = BookingDocument(id: "id-1", status: "pending", items: items)
    static let confirmed = BookingDocument(
        id: "id-1", status: "confirmed", items: items, sequence: 1)

    private func submission() -> Submission {
        Submission(at: .zero, patience: .seconds(10))
    }

    @Test("A decision within the wait ends it")
    func decidedAtOnce() {
        var submission = submission()
        #expect(submission.received(.decided(Self.confirmed), at: .milliseconds(3)) == .finish)
        #expect(submission.state == .done(.decided(Self.confirmed)))
        #expect(submission.acceptedAt == .milliseconds(3))
    }

    @Test("After 202 it asks at once, then as slowly as it is told to")
    func followed() {
        var submission = submission()
        let accepted = SubmissionAnswer.accepted(Self.pending, retryAfter: .seconds(1))
        #expect(submission.received(accepted, at: .zero) == .ask(id: "id-1", after: .zero))
        #expect(submission.received(accepted, at: .zero) == .ask(id: "id-1", after: .seconds(1)))
        #expect(submission.received(.decided(Self.confirmed), at: .seconds(2)) == .finish)
        #expect(submission.acceptedAt == .zero)
        #expect(submission.outcomeAt == .seconds(2))
    }

    @Test("503 is tried again after the time it names, and counted")
    func retried() {
        var submission = submission()
        let later = SubmissionAnswer.later(status: 503, retryAfter: .seconds(1))
        #expect(submission.received(later, at: .zero) == .post(after: .seconds(1)))
        #expect(submission.retries == ["503": 1])
    }

    @Test("A broken connection is tried again, more slowly each time, in either state")
    func broken() {
        var submission = submission()
        let error = LoadError(code: .unreachable, detail: "gone")
        #expect(submission.failed(error, at: .zero) == .post(after: .milliseconds(50)))
        #expect(submission.failed(error, at: .zero) == .post(after: .milliseconds(100)))
        _ = submission.received(.accepted(Self.pending, retryAfter: nil), at: .zero)
        #expect(submission.failed(error, at: .zero) == .ask(id: "id-1", after: .milliseconds(200)))
        for _ in 0..<20 { _ = submission.failed(error, at: .zero) }
        #expect(submission.failed(error, at: .zero) == .ask(id: "id-1", after: .milliseconds(800)))
    }

    @Test("A pause asked for is kept below the limit")
    func cappedPause() {
        var submission = Submission(at: .zero, patience: .seconds(100))
        let later = SubmissionAnswer.later(status: 429, retryAfter: .seconds(3600))
        #expect(submission.received(later, at: .zero) == .post(after: DrillLimits.pauseMax))
    }

    @Test("Out of patience before acceptance it is unanswered, after it lost")
    func outOfPatience() {
        let later = SubmissionAnswer.later(status: 503, retryAfter: nil)
        var refused = submission()
        #expect(refused.received(later, at: .seconds(10)) == .finish)
        #expect(refused.state == .done(.unanswered(seen: "1 × 503")))
        var accepted = submission()
        _ = accepted.received(.accepted(Self.pending, retryAfter: nil), at: .zero)
        #expect(
            accepted.received(.accepted(Self.pending, retryAfter: nil), at: .seconds(10))
                == .finish)
        #expect(
            accepted.state == .done(.lost(id: "id-1", seen: "no outcome in time; no retries")))
    }

    @Test("404 before acceptance is a refusal, after it a loss")
    func gone() {
        let gone = SubmissionAnswer.refused(status: 404, slug: "not-found")
        var submission = submission()
        _ = submission.received(.accepted(Self.pending, retryAfter: nil), at: .zero)
        #expect(submission.received(gone, at: .zero) == .finish)
        #expect(submission.state == .done(.lost(id: "id-1", seen: "404 not-found")))
        var refused = self.submission()
        _ = refused.received(gone, at: .zero)
        #expect(refused.state == .done(.refused(status: 404, slug: "not-found")))
    }

    @Test("Every id named is kept, so that a second one is seen")
    func twoIDs() {
        var submission = submission()
        _ = submission.received(.accepted(Self.pending, retryAfter: nil), at: .zero)
        let other = BookingDocument(id: "id-2", status: "confirmed", items: Self.items)
        _ = submission.received(.decided(other), at: .zero)
        #expect(submission.ids == ["id-1", "id-2"])
    }

    @Test("However often it is answered, it has an end")
    func bounded() {
        var submission = Submission(at: .zero, patience: .seconds(1_000_000))
        var answers = 0
        while submission.received(.later(status: 503, retryAfter: nil), at: .zero) != .finish {
            answers += 1
        }
        #expect(answers < DrillLimits.attemptsMax)
    }
}

@Suite("Reading an answer")
struct SubmissionAnswerTests {
    static let booking = """
        {"id": "id-1", "eventId": "e", "status": "STATUS", "createdAt": "2026-01-01T00:00:00Z",
         "items": [{"ticketTypeId": "type-1", "quantity": 1}], "sequence": 1}
        """

    static func body(_ status: String) -> String {
        booking.replacing("STATUS", with: status)
    }

    @Test(
        "By status and body",
        arguments: [
            (202, Self.body("pending"), "accepted"),
            (200, Self.body("pending"), "accepted"),
            (200, Self.body("confirmed"), "decided"),
            (201, Self.body("confirmed"), "decided"),
            (
                409, #"{"type": "/problems/sold-out", "booking": \#(Self.body("rejected"))}"#,
                "decided"
            ),
            (409, #"{"type": "/problems/sold-out"}"#, "refused sold-out"),
            (
                422, #"{"type": "/problems/idempotency-key-reused"}"#,
                "refused idempotency-key-reused"
            ),
            (500, "", "refused none"),
            (429, "", "later"),
            (503, #"{"type": "/problems/unavailable"}"#, "later"),
        ])
    func meaning(status: Int, body: String, expected: String) throws {
        let answer = try SubmissionAnswer(
            Answer(status: status, headers: ["Retry-After": "1"], body: Array(body.utf8)))
        let seen =
            switch answer {
            case .accepted(_, let retryAfter): retryAfter == .seconds(1) ? "accepted" : "?"
            case .decided: "decided"
            case .later(_, let retryAfter): retryAfter == .seconds(1) ? "later" : "?"
            case .refused(_, let slug): "refused \(slug)"
            }
        #expect(seen == expected)
    }

    @Test("Success without a booking in it is unreadable")
    func unreadable() {
        #expect(throws: LoadError.self) {
            try SubmissionAnswer(Answer(status: 202, body: Array("{}".utf8)))
        }
    }
}
