/// All that was seen of one event's sale, from outside: what was asked, what was answered, and
/// what the event and its organizer's list say afterwards.
package struct RoundEvidence: Sendable {
    /// A ticket type as it was created and as it stands afterwards.
    package struct Stock: Sendable {
        package let ticketTypeId: String
        package let capacity: Int
        package let available: Int

        package init(ticketTypeId: String, capacity: Int, available: Int) {
            self.ticketTypeId = ticketTypeId
            self.capacity = capacity
            self.available = available
        }
    }

    package var stocks: [Stock]
    package var submissions: [SubmissionRecord]
    /// The organizer's list, all pages, in the order listed.
    package var line: [BookingDocument]

    package init(stocks: [Stock], submissions: [SubmissionRecord], line: [BookingDocument]) {
        self.stocks = stocks
        self.submissions = submissions
        self.line = line
    }

    /// Places of `ticketType` that the confirmed bookings among `bookings` take.
    static func confirmed(_ ticketType: String, in bookings: some Sequence<BookingDocument>) -> Int
    {
        bookings.lazy.filter { $0.status == "confirmed" }
            .flatMap(\.items).filter { $0.ticketTypeId == ticketType }
            .map(\.quantity).reduce(0, +)
    }

    /// What the senders were told, of those that were told an outcome.
    var decided: [(submission: SubmissionRecord, booking: BookingDocument)] {
        submissions.compactMap { submission in
            guard case .decided(let booking) = submission.outcome else { return nil }
            return (submission, booking)
        }
    }
}
