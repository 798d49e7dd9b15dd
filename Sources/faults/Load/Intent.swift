import BookingHistory
import BookingLoad

/// A booking that somebody wants, and how he goes about it: all of it follows from seed and number.
struct Intent: Sendable {
    /// Which buyer, by the place in the crowd.
    let buyer: Int
    let sale: RunEvents.Sale
    let key: String
    let items: [ItemDocument]
    /// The instance of the first attempt; each further one goes to the next.
    let instance: Int
    /// When its sender hangs up the first time, not knowing what became of it.
    let hangsUpAfter: Duration?
    /// Whether it is sent once more after it was accepted.
    let isRepeated: Bool
    /// Whether its sender asks for the outcome at once.
    let isWatched: Bool
    /// What becomes of it once it was accepted.
    let after: AfterSale

    private static let hangUpMilliseconds = 1...12

    init(
        _ number: Int, of runEvents: RunEvents, seed: UInt64, patience: AfterSale.Patience
    ) {
        var random = SeededGenerator(seed: seed &+ UInt64(number) &* 0x2545_F491_4F6C_DD1D)
        buyer = Int.random(in: 0..<runEvents.crowd.buyers.count, using: &random)
        let others = runEvents.busy.dropFirst()
        let isHot = others.isEmpty || Bool.random(using: &random)
        sale = isHot ? runEvents.hot : others.randomElement(using: &random) ?? runEvents.hot
        key = "\(seed)-\(number)"
        instance = number
        let types = sale.event.ticketTypes.shuffled(using: &random)
        // One in four wants two ticket types at once, all or nothing.
        let kinds = Int.random(in: 1...4, using: &random) == 1 ? types.count : 1
        let quantityMax = kinds == 1 ? 3 : 1
        items = types.prefix(kinds).map {
            ItemDocument(
                ticketTypeId: $0.id, quantity: Int.random(in: 1...quantityMax, using: &random))
        }
        let fate = Int.random(in: 1...100, using: &random)
        hangsUpAfter =
            fate <= 2
            ? .milliseconds(Int.random(in: Self.hangUpMilliseconds, using: &random)) : nil
        isRepeated = fate > 97
        isWatched = fate % 5 == 0
        after = AfterSale(patience, &random)
    }

    /// A booking of one place of a ticket type, with nothing special about it.
    init(_ key: String, buyer: Int, sale: RunEvents.Sale, ticketType: String) {
        self.buyer = buyer
        self.sale = sale
        self.key = key
        items = [ItemDocument(ticketTypeId: ticketType, quantity: 1)]
        instance = buyer
        hangsUpAfter = nil
        isRepeated = false
        isWatched = false
        after = .none
    }
}
