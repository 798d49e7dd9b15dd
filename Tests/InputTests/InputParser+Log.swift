import BookingDomain

// The bytes of a page of the log, as it is read from a row.
//
// An input is the count in one byte, and the entries; the first has sequence 1.
extension InputParser {
    static let log = [
        InputParser("log-page", bytes: [sample]) { bytes in
            let page = LogPage(
                event: event, firstSequence: 1, count: bytes.first.map(Int.init) ?? 0,
                at: Instant(microsecondsSinceEpoch: 0), bytes: Array(bytes.dropFirst()))
            guard let entries = page.entries else { return false }
            let written = LogPage(entries, of: event)?.bytes ?? []
            try Unsound.unless(written == page.bytes, "it is written as other bytes")
            replay(entries)
            return true
        }
    ]

    private static let event = EventID(bits: 0x019a_9f2c_0000_7002_8000_0000_0000_002a)

    /// A hold, its payment, its expiry and its late confirmation.
    private static let sample: [UInt8] = {
        let key = BookingKey(bits: 0xf873_ba6c_f86d_8000_ef06_5d6f_e461_d33c)
        func at(_ seconds: Int64) -> Instant {
            Instant(microsecondsSinceEpoch: seconds * 1_000_000)
        }
        let basket = [(1, 2), (2, 1)].compactMap { type, quantity -> BasketItem? in
            guard let type = TicketTypeNumber(type), let quantity = Quantity(quantity) else {
                return nil
            }
            return BasketItem(ticketType: type, quantity: quantity)
        }
        let hold = Hold(expiresAt: at(630), extendableUntil: at(1830), isPaying: false)
        let paying = Hold(expiresAt: at(720), extendableUntil: at(1830), isPaying: true)
        let bodies: [(Int64, Entry.Body)] = [
            (600, .change(.pay, of: key, .applied(paying))),
            (720, .expire([key], dueAt: at(720), more: false)),
            (800, .change(.confirm, of: key, .applied(nil))),
        ]
        var entries =
            Basket(basket).map { basket in
                [
                    Entry(
                        sequence: 1, at: at(30), command: CommandID(key), acceptedAt: at(29),
                        body: .book(basket, holding: true, .held(hold)))
                ]
            } ?? []
        for (index, (seconds, body)) in bodies.enumerated() {
            let sequence = Int64(index + 2)
            entries.append(
                Entry(
                    sequence: sequence, at: at(seconds),
                    command: CommandID(bits: UInt128(sequence)), acceptedAt: nil, body: body))
        }
        return [UInt8(entries.count)] + (LogPage(entries, of: event)?.bytes ?? [])
    }()

    /// Whatever stands in a log, replaying it says what is wrong, and no more.
    private static func replay(_ entries: [Entry]) {
        var buyers: [BookingKey: UserID] = [:]
        for entry in entries { buyers[BookingKey(bits: entry.command.bits)] = UserID(bits: 1) }
        let types = (1...2).compactMap { TicketTypeNumber($0) }.map {
            TicketType(
                number: $0, name: "type", price: nil, maxPerUser: 3, stock: Stock(capacity: 4))
        }
        let start = Instant(microsecondsSinceEpoch: 0)
        var replay = Replay(
            from: Event(
                id: event, organizer: UserID(bits: 2), title: "A night", venue: nil,
                startsAt: start, endsAt: start.advanced(by: .seconds(100_000)), createdAt: start,
                status: .onSale, version: 1, sequence: 0, ticketTypes: types),
            buyers: buyers)
        do throws(Replay.Discrepancy) {
            for entry in entries { try replay.apply(entry) }
        } catch {
            _ = "\(error)"
        }
    }
}
