import BookingDomain
import BookingStore

extension Event {
    /// What is wished for; refuses what the event does not have, and all of it unless it is sold at `now`.
    ///
    /// With `orClosed` it may be closed or over: then something it has may have been booked before.
    func basket(
        of wish: SubmissionService.Wish, at now: Instant, orClosed: Bool = false
    ) throws(Refusal) -> Basket {
        guard isVisible(to: wish.user) else { throw Refusal.noSuchEvent }
        guard sells(at: now) || orClosed && status != .draft else { throw Refusal.eventClosed }
        var unknown: [Int] = []
        var items: [BasketItem] = []
        for (index, item) in wish.items.enumerated() {
            if let type = item.ticketType, type.event == id,
                ticketTypes.contains(where: { $0.number == type.number })
            {
                items.append(BasketItem(ticketType: type.number, quantity: item.quantity))
            } else {
                unknown.append(index)
            }
        }
        guard unknown.isEmpty, let basket = Basket(items) else {
            throw sells(at: now) ? Refusal.unknownTicketTypes(unknown) : .eventClosed
        }
        return basket
    }
}

extension Event {
    /// Whether of something in the basket nothing is available, nor held.
    func isGone(of basket: Basket) -> Bool {
        basket.items.contains { item in
            ticketTypes.contains {
                $0.number == item.ticketType && $0.stock.available == 0 && $0.stock.held == 0
            }
        }
    }
}

extension BuyerLeftovers {
    /// Whether nothing in the basket exceeds what is left, as far as that is known.
    func suffice(for basket: Basket) -> Bool {
        basket.items.allSatisfy { $0.quantity.rawValue <= left[$0.ticketType] ?? .max }
    }
}
