import BookingDomain

/// A booking as a client sees it.
struct BookingView: Hashable, Sendable {
    let id: BookingID
    let status: BookingStatus
    let reason: Reason?
    let sequence: Int64?
    /// Of the last entry that changed it.
    let asOfSequence: Int64?
    let hold: Hold?
    /// When it is shown, so that it can be told how long it is held from then.
    var seenAt: Instant?
    /// When it was accepted; not known of a pending booking that another instance accepted.
    let createdAt: Instant?
    let decidedAt: Instant?
    /// What it costs; absent when its event is not known here, or nothing has a price.
    var total: Money?

    /// A booking that is not decided yet.
    init(pending id: BookingID, createdAt: Instant?) {
        self.id = id
        status = .pending
        reason = nil
        sequence = nil
        asOfSequence = nil
        hold = nil
        self.createdAt = createdAt
        decidedAt = nil
    }

    init(_ booking: Booking, id: BookingID) {
        self.id = id
        status = booking.status
        reason = booking.reason
        sequence = booking.sequence
        asOfSequence = booking.asOfSequence
        hold = booking.hold
        createdAt = booking.createdAt
        decidedAt = booking.decidedAt
    }

    /// The booking as it is shown at `now`.
    func seen(at now: Instant) -> BookingView {
        guard hold != nil else { return self }
        var view = self
        view.seenAt = now
        return view
    }

    /// The booking with what it costs, as the event says.
    func priced(_ event: Event?) -> BookingView {
        guard let event else { return self }
        var view = self
        view.total = event.total(of: id.basket)
        return view
    }
}

extension Event {
    /// What a basket costs; `nil` when nothing in it has a price, or the prices have no sum.
    func total(of basket: Basket) -> Money? {
        var (amount, currency): (Int64, String?) = (0, nil)
        for item in basket.items {
            guard let price = ticketTypes.first(where: { $0.number == item.ticketType })?.price
            else { continue }
            let (cost, isTooDear) = price.amount.multipliedReportingOverflow(
                by: Int64(item.quantity.rawValue))
            let (sum, isTooMuch) = amount.addingReportingOverflow(cost)
            guard !isTooDear, !isTooMuch else { return nil }
            (amount, currency) = (sum, price.currency)
        }
        return currency.flatMap { Money(amount: amount, currency: $0) }
    }
}
