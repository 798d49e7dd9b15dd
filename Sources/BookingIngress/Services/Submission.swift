import Synchronization

/// A submission on its way; an object, since several closures keep it.
final class Submission: Sendable {
    let wish: SubmissionService.Wish
    let wait: OutcomeWait
    let completion: SubmissionService.Completion
    /// Answered when it is given up, if it can take so long.
    private let bound: OneShot<SubmissionService.End>?
    private let charge = Mutex(Charge())

    private struct Charge {
        var isMade = false
        var left: RateFields?
    }

    init(
        wish: SubmissionService.Wish, wait: OutcomeWait,
        bound: OneShot<SubmissionService.End>? = nil,
        completion: @escaping SubmissionService.Completion
    ) {
        self.wish = wish
        self.wait = wait
        self.bound = bound
        self.completion = completion
    }

    var isGivenUp: Bool { bound?.isAnswered ?? false }

    /// It has asked for a unit of the buyer's budget, or need not; and what is left, if anybody counts.
    func isCharged(leaving left: RateFields? = nil) {
        charge.withLock { $0 = Charge(isMade: true, left: left) }
    }

    func complete(_ answer: SubmissionService.Answer) {
        let charge = charge.withLock { $0 }
        completion(
            SubmissionService.End(answer: answer, isCharged: charge.isMade, fields: charge.left))
    }
}
