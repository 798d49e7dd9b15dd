/// What a limit counts: one user's tickets of one type of an event.
package struct Allowance: Hashable, Sendable {
    package let user: UserID
    package let ticketType: TicketTypeNumber

    package init(user: UserID, ticketType: TicketTypeNumber) {
        self.user = user
        self.ticketType = ticketType
    }
}
