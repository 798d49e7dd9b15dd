import BookingDomain
import Hummingbird
import JSON
import Logging
import NIOCore
import NIOHTTP1
import ProblemDetails

/// The short way for submissions, which a rush goes: without a router and without a task.
///
/// It takes a submission that is written like nearly all of them and can be dealt with by what is known
/// here. Any other goes the ordinary way, by ``BookingHandlers``, which knows all that may be written
/// and all that may be wrong.
struct PlainSubmissions: Sendable {
    let submissions: SubmissionService
    let authentication: Authentication
    let access: AccessLog

    /// Makes a reply; to be called once.
    typealias Making = @Sendable () -> Reply

    /// Calls `completion` with the making of the answer in time, when the request is such a submission; else
    /// returns `nil` and has done nothing.
    ///
    /// The answer is made where it is sent, so that whoever tells many of their outcomes is not kept
    /// from telling the others. Who answers the waiter that is returned ends the wait for the outcome.
    func answer(
        _ head: HTTPRequestHead, _ body: ByteBuffer, logger: Logger,
        completion: @escaping @Sendable (@escaping Making) -> Void
    ) -> OutcomeBoard.Waiter? {
        let start = ContinuousClock.now
        guard let request = PlainSubmission(head), body.readableBytes <= Request.bodyBytesMax,
            let principal = authentication.principalAtHand(of: request.token),
            let json = try? JSONValue(parsing: body.readableBytesView),
            let draft = try? BookingDraft(json)
        else { return nil }
        let wish = SubmissionService.Wish(
            user: principal.user, event: request.event, idempotencyKey: request.key,
            items: draft.items)
        let preferences = request.preferences
        return submissions.submitAtOnce(wish, wait: preferences.wait) { result in
            completion {
                var reply = Self.reply(to: result, preferences)
                let requestID = "\(RequestID())"
                reply.headers[.requestID] = requestID
                access.answered(
                    BookingHandlers.submissionPath.description, .post, reply.status, since: start,
                    requestID: requestID, logger: logger)
                return reply
            }
        }
    }

    private static func reply(
        to result: Result<BookingView, any Error>, _ preferences: Preferences
    ) -> Reply {
        do { return try Reply(submitted: try result.get(), preferences) } catch {
            switch error {
            case let refusal as Refusal: return Reply(Problem(refusal))
            case let problem as Problem: return Reply(problem)
            default: return Reply(Problem(.internalServerError))
            }
        }
    }
}

/// What the head of a plainly written submission says.
private struct PlainSubmission {
    let event: EventID
    let token: Substring
    let key: IdempotencyKey
    let preferences: Preferences

    /// `nil` when something is missing, said twice, or written in an uncommon way.
    init?(_ head: HTTPRequestHead) {
        guard head.method == .POST, let event = Self.event(in: head.uri) else { return nil }
        var (authorization, type, key, prefer): (String?, String?, String?, String?)
        for (name, value) in head.headers {
            let isFirst =
                switch name.utf8.count {
                case 6 where name.isField("prefer"): Self.put(value, in: &prefer)
                case 12 where name.isField("content-type"): Self.put(value, in: &type)
                case 13 where name.isField("authorization"): Self.put(value, in: &authorization)
                case 15 where name.isField("idempotency-key"): Self.put(value, in: &key)
                default: true
                }
            guard isFirst else { return nil }
        }
        guard type == "application/json", let authorization, authorization.hasPrefix("Bearer "),
            let key = key.flatMap({ IdempotencyKey($0) })
        else { return nil }
        self.event = event
        token = authorization.dropFirst("Bearer ".count)
        self.key = key
        preferences = Preferences(fields: prefer.map { [$0] } ?? [])
    }

    /// Puts a field's value in its place; `false` when one is there already.
    private static func put(_ value: String, in place: inout String?) -> Bool {
        guard place == nil else { return false }
        place = value
        return true
    }

    /// The event of `/v1/events/{event}/bookings`.
    private static func event(in uri: String) -> EventID? {
        let (before, after) = ("/v1/events/", "/bookings")
        guard uri.hasPrefix(before), uri.hasSuffix(after) else { return nil }
        return EventID(text: Array(uri.utf8)[before.utf8.count...].dropLast(after.utf8.count))
    }
}

extension String {
    /// Whether this is the name of that header, which is given in lower case.
    fileprivate func isField(_ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in
            // Letters differ from their lower case, and signs from letters, in this bit.
            utf8.elementsEqual(name) { $0 | 0x20 == $1 }
        }
    }
}
