import BookingDomain

/// An event's log as its pages say it, and what is wrong with the pages themselves.
struct EventLog: Sendable {
    let event: EventID
    /// In the order of the pages.
    private(set) var entries: [Entry] = []
    /// The epoch that each page was applied under, with the first and last sequence of the page.
    private(set) var epochs: [(first: Int64, epoch: Int64)] = []
    /// What keeps the pages from being a log: unreadable bytes, gaps.
    private(set) var flaws: [Violation] = []

    /// Reads the log.
    ///
    /// - Parameters:
    ///   - event: Whose log it is.
    ///   - pages: In the order of their first sequences.
    ///   - rows: The event's bookings in the order of their sequences.
    ///   - mayLackPages: Whether a booking's writer may have kept no log, so that above the last page its row
    ///     stands for its entry.
    init(
        of event: EventID, pages: [StoredPage], rows: [StoredBooking],
        mayLackPages: (Booking) -> Bool
    ) {
        self.event = event
        var next: Int64 = 1
        for stored in pages {
            let page = stored.page
            if page.firstSequence != next {
                flaws.append(
                    Violation(
                        "a page begins at \(page.firstSequence), the one before ends at \(next - 1)",
                        event: event, sequence: page.firstSequence))
            }
            epochs.append((page.firstSequence, stored.epoch))
            next = page.firstSequence + Int64(page.count)
            guard let read = page.entries else {
                flaws.append(
                    Violation(
                        "the page's bytes are not \(page.count) entries from here on", event: event,
                        sequence: page.firstSequence))
                continue
            }
            if LogPage(read, of: event)?.bytes != page.bytes || read.last?.at != page.at {
                flaws.append(
                    Violation(
                        "the page is not the one that its entries make", event: event,
                        sequence: page.firstSequence))
            }
            entries += read
        }
        for row in rows where row.booking.sequence >= next && mayLackPages(row.booking) {
            guard row.booking.sequence == next, let entry = Entry(of: row.booking) else { break }
            entries.append(entry)
            epochs.append((next, row.epoch))
            next += 1
        }
    }
}
