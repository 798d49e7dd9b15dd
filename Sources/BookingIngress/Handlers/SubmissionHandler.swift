import BookingDomain
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import ProblemDetails

/// Handles `POST /v1/events/{event}/bookings`, of which a rush consists: without a router and without a
/// task.
///
/// An object, since a closure of each submission keeps it.
final class SubmissionHandler: Sendable {
    static let path = RouterPath("/v1/events/:event/bookings")

    private let submissions: SubmissionService
    private let authentication: Authentication
    private let gate: RateGate
    private let access: AccessLog

    init(
        submissions: SubmissionService, authentication: Authentication, gate: RateGate,
        access: AccessLog
    ) {
        self.submissions = submissions
        self.authentication = authentication
        self.gate = gate
        self.access = access
    }

    /// Makes a reply; to be called once.
    typealias Making = @Sendable () -> Reply

    /// Calls `completion` with the making of the answer in time, when the request is a submission; else
    /// returns `nil` and has done nothing.
    ///
    /// The answer is made where it is sent, so that the thread that delivers many outcomes is not kept
    /// from delivering the others. Answering the wait that is returned ends it.
    func answer(
        _ head: HTTPRequestHead, _ body: ByteBuffer, from peer: Peer, logger: Logger,
        completion: @escaping @Sendable (@escaping Making) -> Void
    ) -> OutcomeWait? {
        guard let request = BookingRequest(head, body) else { return nil }
        let wait = OutcomeWait()
        let exchange = Exchange(
            preferences: request.preferences, start: .now, access: access, logger: logger,
            completion: completion)
        do throws(Refusal) {
            let endings = authentication.endings
            let principal = try authentication.principal(of: try request.token())
            submit(request, of: principal, since: endings, through: wait, exchange)
        } catch { refuse(error, head, from: peer, exchange) }
        return wait
    }

    /// Refuses a request that is not signed in, which draws on the budget of the address.
    private func refuse(
        _ refusal: Refusal, _ head: HTTPRequestHead, from peer: Peer, _ exchange: Exchange
    ) {
        do throws(HTTPRefusal) {
            let client = try peer.client(of: head.headers)
            refuse(Problem(refusal), drawingOn: .readsByAddress, client.bits, exchange)
        } catch { exchange.refuse(error.problem) }
    }

    /// Refuses a request that has drawn on no budget yet: no refusal is for nothing.
    private func refuse(
        _ problem: Problem, drawingOn budget: RateBudget, _ key: UInt128, _ exchange: Exchange
    ) {
        gate.pass(budget, key) { verdict in
            switch verdict {
            case .success: exchange.refuse(problem)
            case .failure(let refusal): exchange.refuse(Problem(refusal))
            }
        }
    }

    private func submit(
        _ request: BookingRequest, of principal: Principal, since endings: UInt64,
        through wait: OutcomeWait, _ exchange: Exchange
    ) {
        do throws(Problem) {
            let wish = try request.wish(of: principal.user)
            let waits = wish.wait != nil
            submissions.submit(wish, through: wait) { [self] end in
                switch end.answer {
                case .failure(let refusal) where !end.isCharged:
                    refuse(Problem(refusal), drawingOn: .reads, principal.user.bits, exchange)
                case .success where waits:
                    do throws(Refusal) {
                        try authentication.check(principal, since: endings)
                        exchange.end(end)
                    } catch { exchange.refuse(Problem(error)) }
                case .success, .failure: exchange.end(end)
                }
            }
        } catch { refuse(error, drawingOn: .reads, principal.user.bits, exchange) }
    }
}

/// What it takes to answer a submission; an object, since several closures keep it.
private final class Exchange: Sendable {
    private let preferences: Preferences
    private let start: ContinuousClock.Instant
    private let access: AccessLog
    private let logger: Logger
    private let completion: @Sendable (@escaping SubmissionHandler.Making) -> Void

    init(
        preferences: Preferences, start: ContinuousClock.Instant, access: AccessLog, logger: Logger,
        completion: @escaping @Sendable (@escaping SubmissionHandler.Making) -> Void
    ) {
        self.preferences = preferences
        self.start = start
        self.access = access
        self.logger = logger
        self.completion = completion
    }

    func end(_ end: SubmissionService.End) {
        completion { [self] in
            do throws(Problem) {
                var reply = try Reply(submitted: try end.booking(), preferences)
                reply.rateFields = end.fields
                return noted(reply)
            } catch { return noted(Reply(error)) }
        }
    }

    func refuse(_ problem: Problem) { completion { [self] in noted(Reply(problem)) } }

    private func noted(_ reply: consuming Reply) -> Reply {
        access.answered(
            &reply, to: .post, SubmissionHandler.path.description, since: start,
            requestID: "\(RequestID())", logger: logger)
        return reply
    }
}

extension SubmissionService.End {
    fileprivate func booking() throws(Problem) -> BookingView {
        switch answer {
        case .success(let booking): return booking
        case .failure(let refusal): throw Problem(refusal)
        }
    }
}

extension Reply {
    /// The answer to a submission.
    init(submitted booking: BookingView, _ preferences: Preferences) throws(Problem) {
        var headers = preferences.applied
        headers[.location] = "/v1/bookings/\(booking.id)"
        switch booking.status {
        case .pending:
            headers[.retryAfter] = RetryAfter.pending
            self.init(.accepted, booking, headers: headers)
        case .confirmed, .held, .waitlisted:
            self.init(.created, booking, headers: headers)
        // The booking is there, but this submission is an old one sent again.
        case .cancelled, .expired:
            self.init(.ok, booking, headers: headers)
        case .rejected, .failed:
            throw Problem(booking, headers: headers)
        }
    }
}
