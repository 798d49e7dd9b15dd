package import BookingDomain

/// A user in the line of an event.
package struct Buyer: Hashable, Sendable {
    package let user: UserID
    package let event: EventID

    package init(user: UserID, event: EventID) {
        self.user = user
        self.event = event
    }
}

/// What a buyer may have still of the limited ticket types of which there are some already.
package struct BuyerLeftovers: Hashable, Sendable {
    package let buyer: Buyer
    package var left: [TicketTypeNumber: Int]

    package init(buyer: Buyer, left: [TicketTypeNumber: Int]) {
        self.buyer = buyer
        self.left = left
    }
}
