@testable import BookingLoad

/// A sale made up for tests: clean as it begins, for tests to spoil.
struct Sale {
    var evidence: RoundEvidence

    /// `buyers` requests of one basket each, of one place of each type, decided in their order.
    ///
    /// Buyer n sends at 10 n milliseconds and is answered 4 milliseconds later.
    init(capacities: [Int] = [10], buyers: Int = 50) {
        let types = capacities.indices.map { "type-\($0 + 1)" }
        let items = types.map { BookingDocument.Item(ticketTypeId: $0, quantity: 1) }
        let seats = capacities.min() ?? 0
        var submissions: [SubmissionRecord] = []
        for buyer in 1...buyers {
            let booking = BookingDocument(
                id: "id-\(buyer)", status: buyer <= seats ? "confirmed" : "rejected",
                reason: buyer <= seats ? nil : "sold_out", items: items, sequence: buyer)
            submissions.append(
                SubmissionRecord(
                    buyer: buyer, items: items, sentAt: .milliseconds(10 * buyer),
                    acceptedAt: .milliseconds(10 * buyer + 4),
                    outcomeAt: .milliseconds(10 * buyer + 4), outcome: .decided(booking),
                    ids: [booking.id]))
        }
        let stocks = zip(types, capacities).map { type, capacity in
            RoundEvidence.Stock(
                ticketTypeId: type, capacity: capacity, available: capacity - min(seats, buyers))
        }
        evidence = RoundEvidence(
            stocks: stocks, submissions: submissions, line: submissions.compactMap(\.booking))
    }

    /// Rewrites the row of `buyer` and, unless told otherwise, what the buyer was told.
    mutating func rewrite(
        _ buyer: Int, status: String? = nil, reason: String?? = nil,
        items: [BookingDocument.Item]? = nil, sequence: Int? = nil, told: Bool = true
    ) {
        let place = buyer - 1
        guard let old = evidence.submissions[place].booking else { return }
        let booking = BookingDocument(
            id: old.id, status: status ?? old.status, reason: reason ?? old.reason,
            items: items ?? old.items, sequence: sequence ?? old.sequence)
        for row in evidence.line.indices where evidence.line[row].id == old.id {
            evidence.line[row] = booking
        }
        if told { end(buyer, .decided(booking)) }
    }

    /// Lets the request of `buyer` end otherwise; `sentAt` moves its beginning.
    mutating func end(
        _ buyer: Int, _ outcome: SubmissionOutcome? = nil, ids: [String]? = nil,
        sentAt: Duration? = nil
    ) {
        let old = evidence.submissions[buyer - 1]
        evidence.submissions[buyer - 1] = SubmissionRecord(
            buyer: buyer, items: old.items, sentAt: sentAt ?? old.sentAt,
            acceptedAt: ids == [] ? nil : old.acceptedAt, outcomeAt: old.outcomeAt,
            outcome: outcome ?? old.outcome, ids: ids ?? old.ids)
    }

    mutating func confirm(_ buyer: Int) { rewrite(buyer, status: "confirmed", reason: .some(nil)) }
    mutating func turnAway(_ buyer: Int) { rewrite(buyer, status: "rejected", reason: "sold_out") }

    /// Sets what the event shows as available of its ticket type at `index`.
    mutating func show(available: Int, at index: Int = 0) {
        let stock = evidence.stocks[index]
        evidence.stocks[index] = RoundEvidence.Stock(
            ticketTypeId: stock.ticketTypeId, capacity: stock.capacity, available: available)
    }

    /// Lets two buyers change places in the line, rows and answers alike.
    mutating func swapPlaces(_ one: Int, _ other: Int) {
        rewrite(one, sequence: other)
        rewrite(other, sequence: one)
        evidence.line.sort { ($0.sequence ?? 0) < ($1.sequence ?? 0) }
    }

    var failed: Set<Check> {
        Set(RoundChecker.verdicts(on: evidence).filter { !$0.holds }.map(\.check))
    }
}

extension SubmissionRecord {
    /// What the sender was told.
    var booking: BookingDocument? {
        guard case .decided(let booking) = outcome else { return nil }
        return booking
    }
}
