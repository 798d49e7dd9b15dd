import BookingDomain
import BookingStore

@testable import BookingIngress

// Texts that the program once wrote, and clients hand back.
extension InputParser {
    static let identifiers = [
        InputParser("booking-id", [bookingID]) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let id = BookingID(text) else { return false }
            try Unsound.unless(id.description == text, "two texts are one id")
            _ = id.isIssued(to: UserID(bits: 0), by: FixedAuthenticator())
            return true
        },
        InputParser("event-id", ["019a9f2c-0000-7002-8000-00000000002a"]) { bytes in
            guard let id = EventID(text: bytes[...]) else { return false }
            try Unsound.unless(
                id.description == String(decoding: bytes, as: UTF8.self).lowercased(),
                "two texts are one id")
            _ = id.madeAt.rfc3339
            _ = Instant(microsecondsSinceEpoch: .min).duration(since: id.madeAt)
            return true
        },
        InputParser("ticket-type-id", ["019a9f2c-0000-7002-8000-00000000002a.17"]) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let id = TicketTypeID(text) else { return false }
            try Unsound.unless(id.description == text.lowercased(), "two texts are one id")
            return true
        },
        cursor("events-cursor", "e019a9f2c-0000-7002-8000-00000000002a", EventCursor.self),
        cursor(
            "bookings-cursor", "u1795219200123456.5f2b8c1e-9a3d-8002-b1c4-7e6f5a4d3c2b",
            BookingCursor.self),
        cursor("line-cursor", "s41", SequenceCursor.self),
        InputParser("email-address", ["Andre\u{301}@m\u{FC}nchen.de", "a@xn--mnchen-3ya.de"]) {
            bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            let canonical = EmailAddress.canonical(of: text)
            try Unsound.unless(
                EmailAddress.canonical(of: canonical) == canonical, "one address is two")
            return EmailAddress(text) != nil && SingleRowText.objection(to: text) == nil
        },
        InputParser(
            "password-hash",
            ["$scrypt$ln=15,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$\(String(repeating: "A", count: 43))"]
        ) {
            guard let hash = PasswordHash(String(decoding: $0, as: UTF8.self)) else { return false }
            try Unsound.unless(PasswordHash(hash.description) == hash, "it is written wrong")
            return true
        },
    ]

    private static func cursor<Cursor: PageCursor>(
        _ name: String, _ sample: String, _ type: Cursor.Type
    ) -> InputParser {
        InputParser(name, ["limit=20&cursor=\(sample)"]) { bytes in
            let query = String(decoding: bytes, as: UTF8.self)
            guard let page = try? PageRequest<Cursor>(query: query) else { return false }
            try Unsound.unless(
                (1...PageRequest<Cursor>.limitMax).contains(page.limit), "a page of \(page.limit)")
            guard let cursor = page.cursor else { return true }
            try Unsound.unless(
                Cursor(token: cursor.token[...]) == cursor, "the cursor is written wrong")
            return true
        }
    }

    private static let bookingID: String = {
        let event = EventID(bits: 0x019A_9F2C_0000_7002_8000_0000_0000_002A)
        let key = BookingKey(bits: 0x5F2B_8C1E_9A3D_8002_B1C4_7E6F_5A4D_3C2B)
        let items = [(1, 2), (3, 1)].compactMap { type, quantity in
            TicketTypeNumber(type).flatMap { type in
                Quantity(quantity).map { BasketItem(ticketType: type, quantity: $0) }
            }
        }
        guard let basket = Basket(items) else { return "" }
        return BookingID(
            key: key, event: event, basket: basket, user: UserID(bits: 7),
            authenticator: FixedAuthenticator()
        ).description
    }()
}
