import BookingHistory

extension BookingAnswer {
    /// What is wrong with it as an answer to somebody who asked for what there is; `nil` if nothing.
    ///
    /// "Later" (429 and 503) is always an answer. A 500 never is, nor that something is unknown which
    /// the clients of a run ask for: its events, its bookings, their own sessions.
    func objection(isSubmission: Bool) -> String? {
        let call = isSubmission ? "a submission" : "a look at a booking"
        switch status {
        case 200 where booking != nil, 429, 503: return nil
        case 201 where isSubmission && booking != nil: return nil
        case 202 where isSubmission && booking?.status == "pending": return nil
        // Without a booking it was turned away at the door, which a full house allows, or a limit that is spent.
        case 409
        where isSubmission
            && (booking != nil || problem.flatMap(History.Refusal.Cause.init) != nil):
            return nil
        // A command nobody could read; that its booking failed is for other rules to judge.
        case 422 where isSubmission && booking != nil: return nil
        default:
            let what = [problem, booking.map { "with a booking that is \($0.status)" }]
            let words = what.compactMap { $0 }.joined(separator: " ")
            return "\(call) was answered with \(status)\(words.isEmpty ? "" : " ")\(words)"
        }
    }
}
