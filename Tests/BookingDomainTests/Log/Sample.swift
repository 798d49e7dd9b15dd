import BookingDomain

/// An entry, and the bytes that were written of it when the format was laid down.
///
/// They never change.
struct Sample: Sendable, CustomStringConvertible {
    let description: String
    let entry: Entry
    let hex: String

    private init(
        _ description: String, _ sequence: Int64, _ body: Entry.Body, of command: CommandID,
        isReadable: Bool = true, _ hex: String...
    ) {
        self.description = description
        entry = Entry(
            sequence: sequence, at: Fixture.now, command: command,
            acceptedAt: isReadable ? Fixture.now.advanced(by: .milliseconds(-250)) : nil,
            body: body)
        self.hex = hex.joined()
    }

    private static let key = BookingKey(bits: 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff)
    private static let otherKey = BookingKey(bits: 0xffee_ddcc_bbaa_9988_7766_5544_3322_1100)
    private static let book = CommandID(key)
    private static let change = CommandID(bits: 0xf0e0_d0c0_b0a0_9080_7060_5040_3020_1000)
    private static let basket = Basket.of([1: 2, 7: 1])
    private static let hold = Hold(
        expiresAt: Fixture.time(600), extendableUntil: Fixture.time(1800), isPaying: false)
    private static let payingHold = Hold(
        expiresAt: Fixture.time(600), extendableUntil: Fixture.time(1800), isPaying: true)

    static let all = bookings + changes + expiries

    private static let bookings = [
        Sample(
            "a booking that was confirmed", 1,
            .book(basket, holding: false, .confirmed), of: book,
            "010100010000000000000001000660be0ab5c000000660be0ab1ef7000112233",
            "445566778899aabbccddeeff0201020701"),
        Sample(
            "a booking that was rejected: soldOut", 2,
            .book(basket, holding: false, .rejected(.soldOut)), of: book,
            "010110010000000000000002000660be0ab5c000000660be0ab1ef7000112233",
            "445566778899aabbccddeeff0201020701"),
        Sample(
            "a booking that was rejected: limitExceeded", 3,
            .book(basket, holding: false, .rejected(.limitExceeded)), of: book,
            "010111010000000000000003000660be0ab5c000000660be0ab1ef7000112233",
            "445566778899aabbccddeeff0201020701"),
        Sample(
            "a booking that was rejected: eventClosed", 4,
            .book(basket, holding: false, .rejected(.eventClosed)), of: book,
            "010112010000000000000004000660be0ab5c000000660be0ab1ef7000112233",
            "445566778899aabbccddeeff0201020701"),
        Sample(
            "a booking that was rejected: unknownTicketType", 5,
            .book(basket, holding: false, .rejected(.unknownTicketType)), of: book,
            "010113010000000000000005000660be0ab5c000000660be0ab1ef7000112233",
            "445566778899aabbccddeeff0201020701"),
        Sample(
            "a booking that was rejected: deadlinePassed", 6,
            .book(basket, holding: false, .rejected(.deadlinePassed)), of: book,
            "010114010000000000000006000660be0ab5c000000660be0ab1ef7000112233",
            "445566778899aabbccddeeff0201020701"),
        Sample(
            "a booking that was rejected: undecodable", 7,
            .book(basket, holding: false, .rejected(.undecodable)), of: book,
            "010115010000000000000007000660be0ab5c000000660be0ab1ef7000112233",
            "445566778899aabbccddeeff0201020701"),
        Sample(
            "a hold", 258,
            .book(basket, holding: true, .held(hold)), of: book,
            "010201030000000000000102000660be0ab5c000000660be0ab1ef7000112233",
            "445566778899aabbccddeeff000660be2e790600000660be75ff920002010207",
            "01"),
        Sample(
            "a hold that was rejected", 259,
            .book(basket, holding: true, .rejected(.soldOut)), of: book,
            "010210010000000000000103000660be0ab5c000000660be0ab1ef7000112233",
            "445566778899aabbccddeeff0201020701"),
        Sample(
            "a request that could not be read", 65536,
            .undecodable, of: book, isReadable: false,
            "010300000000000000010000000660be0ab5c00000112233445566778899aabb",
            "ccddeeff"),
    ]

    private static let changes = [
        Sample(
            "a confirmation", 5,
            .change(.confirm, of: key, .applied(nil)), of: change,
            "010400010000000000000005000660be0ab5c000000660be0ab1ef70f0e0d0c0",
            "b0a09080706050403020100000112233445566778899aabbccddeeff"),
        Sample(
            "a payment", 6,
            .change(.pay, of: key, .applied(payingHold)), of: change,
            "010500070000000000000006000660be0ab5c000000660be0ab1ef70f0e0d0c0",
            "b0a090807060504030201000000660be2e790600000660be75ff920000112233",
            "445566778899aabbccddeeff"),
        Sample(
            "an extension", 7,
            .change(.extend, of: key, .applied(hold)), of: change,
            "010600030000000000000007000660be0ab5c000000660be0ab1ef70f0e0d0c0",
            "b0a090807060504030201000000660be2e790600000660be75ff920000112233",
            "445566778899aabbccddeeff"),
        Sample(
            "a cancellation", 8,
            .change(.cancel, of: key, .applied(nil)), of: change,
            "010700010000000000000008000660be0ab5c000000660be0ab1ef70f0e0d0c0",
            "b0a09080706050403020100000112233445566778899aabbccddeeff"),
        Sample(
            "a change that could not be read", 9,
            .change(.undecodable, of: key, .refused(.undecodable)), of: change, isReadable: false,
            "010845000000000000000009000660be0ab5c000f0e0d0c0b0a0908070605040",
            "3020100000112233445566778899aabbccddeeff"),
        Sample(
            "a change that was refused: notConfirmable", 10,
            .change(.confirm, of: key, .refused(.notConfirmable)), of: change,
            "01044001000000000000000a000660be0ab5c000000660be0ab1ef70f0e0d0c0",
            "b0a09080706050403020100000112233445566778899aabbccddeeff"),
        Sample(
            "a change that was refused: holdExpired", 11,
            .change(.pay, of: key, .refused(.holdExpired)), of: change,
            "01054101000000000000000b000660be0ab5c000000660be0ab1ef70f0e0d0c0",
            "b0a09080706050403020100000112233445566778899aabbccddeeff"),
        Sample(
            "a change that was refused: notExtendable", 12,
            .change(.extend, of: key, .refused(.notExtendable)), of: change,
            "01064201000000000000000c000660be0ab5c000000660be0ab1ef70f0e0d0c0",
            "b0a09080706050403020100000112233445566778899aabbccddeeff"),
        Sample(
            "a change that was refused: notCancellable", 13,
            .change(.cancel, of: key, .refused(.notCancellable)), of: change,
            "01074301000000000000000d000660be0ab5c000000660be0ab1ef70f0e0d0c0",
            "b0a09080706050403020100000112233445566778899aabbccddeeff"),
        Sample(
            "a change that was refused: noBooking", 14,
            .change(.cancel, of: key, .refused(.noBooking)), of: change,
            "01074401000000000000000e000660be0ab5c000000660be0ab1ef70f0e0d0c0",
            "b0a09080706050403020100000112233445566778899aabbccddeeff"),
    ]

    private static let expiries = [
        Sample(
            "two that expired", 15,
            .expire([key, otherKey], dueAt: hold.expiresAt, more: false), of: CommandID(bits: 15),
            isReadable: false,
            "01090000000000000000000f000660be0ab5c000000000000000000000000000",
            "0000000f000660be2e790600000200112233445566778899aabbccddeeffffee",
            "ddccbbaa99887766554433221100"),
        Sample(
            "one that expired, and more to come", 16,
            .expire([key], dueAt: hold.expiresAt, more: true), of: CommandID(bits: 16),
            isReadable: false,
            "010900080000000000000010000660be0ab5c000000000000000000000000000",
            "00000010000660be2e790600000100112233445566778899aabbccddeeff"),
    ]
}
