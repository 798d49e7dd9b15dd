extension Entry {
    /// The entry of a booking whose command was applied by a program that kept no log.
    ///
    /// `nil` for what such a program cannot have made.
    package init?(of booking: Booking) {
        let body: Body
        switch (booking.status, booking.reason, booking.basket) {
        case (.confirmed, nil, let basket?): body = .book(basket, holding: false, .confirmed)
        case (.rejected, let reason?, let basket?):
            body = .book(basket, holding: false, .rejected(reason))
        case (.failed, _, _): body = .undecodable
        default: return nil
        }
        self.init(
            sequence: booking.sequence, at: booking.decidedAt, command: CommandID(booking.key),
            acceptedAt: body == .undecodable ? nil : booking.createdAt, body: body)
    }
}
