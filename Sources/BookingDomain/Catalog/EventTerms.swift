/// How an event is sold, as its organizer has set it.
package struct EventTerms: Hashable, Sendable {
    /// How long a hold lasts, in seconds.
    package let holdSeconds: Int
    /// How long a hold lasts at least once it is being paid for, in seconds.
    package let paymentGraceSeconds: Int

    package static let holdSecondsRange = 30...86_400
    package static let holdSecondsDefault = 600
    package static let paymentGraceSecondsRange = 10...3600
    package static let paymentGraceSecondsDefault = 120
    /// How many times its hold time a hold can last in all, with extensions.
    package static let holdTimesMax = 3

    /// The terms of an event for which the organizer has set none.
    package init() {
        holdSeconds = Self.holdSecondsDefault
        paymentGraceSeconds = Self.paymentGraceSecondsDefault
    }

    /// `nil` when one of them is out of its range.
    package init?(holdSeconds: Int, paymentGraceSeconds: Int) {
        guard Self.holdSecondsRange.contains(holdSeconds),
            Self.paymentGraceSecondsRange.contains(paymentGraceSeconds)
        else { return nil }
        self.holdSeconds = holdSeconds
        self.paymentGraceSeconds = paymentGraceSeconds
    }
}
