import BookingDomain
import BookingMessages
import Testing

/// Every ingress hears every outcome message, so a number that cannot be must stop none of them.
@Suite struct OutcomeRangeTests {
    /// A number of the example, what stands in its place, and what is said of it.
    struct Extreme: Sendable, CustomTestStringConvertible {
        let member: String
        let value: String
        let replacing: String
        var place: String? = "events/ticketTypes"
        var testDescription: String { "\(member) \(value)" }

        var problem: String { (place.map { "\($0)/" } ?? "") + "\(member) is out of range" }
    }

    private static let beyond = ["-1", "-9223372036854775808", "9223372036854775807"]

    private static let numbers: [Extreme] = beyond.flatMap { value in
        [
            Extreme(member: "batch", value: value, replacing: "17", place: nil),
            Extreme(member: "sequence", value: value, replacing: "41", place: "bookings"),
            Extreme(
                member: "createdAtMicroseconds", value: value, replacing: "1795219200123456",
                place: "bookings"),
            Extreme(
                member: "decidedAtMicroseconds", value: value, replacing: "1795219200130000",
                place: "bookings"),
            Extreme(member: "version", value: value, replacing: "9", place: "events"),
            Extreme(member: "capacity", value: value, replacing: "100"),
            Extreme(member: "available", value: value, replacing: "7"),
        ]
    }

    private static let ends = [
        Extreme(member: "batch", value: "9000000000000001", replacing: "17", place: nil),
        Extreme(member: "sequence", value: "0", replacing: "41", place: "bookings"),
        Extreme(
            member: "createdAtMicroseconds", value: "9000000000000000",
            replacing: "1795219200123456", place: "bookings"),
        Extreme(member: "version", value: "0", replacing: "9", place: "events"),
        Extreme(member: "version", value: "9000000000000001", replacing: "9", place: "events"),
        Extreme(member: "capacity", value: "0", replacing: "100"),
        Extreme(member: "capacity", value: "10000001", replacing: "100"),
        Extreme(member: "available", value: "11", replacing: "7"),
    ]

    @Test("A number out of range is named, and its message refused", arguments: numbers + ends)
    func refused(_ extreme: Extreme) throws {
        let error = try #require(throws: MessageError.self) {
            try read { Self.put(extreme.value, for: extreme.member, extreme.replacing, in: $0) }
        }
        #expect(error.message == extreme.problem)
    }

    @Test(
        "A number that names something is refused when it can name nothing",
        arguments: beyond + ["101", "4096"],
        [
            ("number", "1", "a ticket type's number is out of range"),
            ("shard", "2", "shard is out of range"),
            ("ticketType", "1", "ticketType is out of range"),
            ("quantity", "2", "quantity is out of range"),
        ])
    func namesNothing(value: String, number: (String, String, String)) throws {
        let (member, replaced, problem) = number
        guard member != "shard" || value != "101" else { return }
        let error = try #require(throws: MessageError.self) {
            try read { Self.put(value, for: member, replaced, in: $0) }
        }
        #expect(error.message == problem)
    }

    @Test("The ends of the ranges are taken")
    func taken() throws {
        let message = try read { text in
            var text = Self.put("9000000000000000", for: "batch", "17", in: text)
            text = Self.put("1", for: "sequence", "41", in: text)
            text = Self.put("0", for: "createdAtMicroseconds", "1795219200123456", in: text)
            text = Self.put(
                "8999999999999999", for: "createdAtMicroseconds", "1795219200123999", in: text)
            text = Self.put("9000000000000000", for: "version", "9", in: text)
            return Self.put("10000000", for: "capacity", "100", in: text)
        }
        #expect(message.batch == 9_000_000_000_000_000)
        #expect(message.bookings.first?.createdAt == Instant(microsecondsSinceEpoch: 0))
        #expect(message.events.first?.ticketTypes.first?.capacity == 10_000_000)
    }

    @Test("A ticket type that stands twice, or out of order, makes a message unreadable")
    func ticketTypesOnce() throws {
        for number in ["1", "3"] {
            let error = try #require(throws: MessageError.self) {
                try read {
                    $0.replacing(#""number": 1"#, with: #""number": 3"#)
                        .replacing(
                            #""capacity": 10, "number": 3"#,
                            with: "\"capacity\": 10, \"number\": \(number)")
                }
            }
            #expect(error.message == "events/ticketTypes is not valid")
        }
    }

    @Test("Nothing is announced that is still pending")
    func pending() {
        #expect(throws: MessageError.self) {
            try read { $0.replacing(#""rejected""#, with: #""pending""#) }
        }
    }

    @Test("A booking in a status of another version is named, and the rest is used")
    func unknownStatus() throws {
        let message = try read { $0.replacing(#""rejected""#, with: #""refunded""#) }
        #expect(message.bookings.map(\.status) == [.confirmed, .failed])
        #expect(message.events.count == 1)
        #expect(
            message.unknown.bookings.map(\.description) == [
                "c0ffee00-1234-8002-8abc-def012345678"
            ])
        #expect(message.unknown.events.isEmpty)
    }

    @Test("A reason of another version is left out: what it came to is clear")
    func unknownReason() throws {
        let message = try read { $0.replacing(#""sold_out""#, with: #""too_young""#) }
        #expect(message.bookings.map(\.status) == [.confirmed, .rejected, .failed])
        #expect(message.bookings.map(\.reason) == [nil, nil, .undecodable])
        #expect(message.unknown.isEmpty)
    }

    @Test("An event in a status of another version is named, and the rest is used")
    func unknownEventStatus() throws {
        let message = try read { $0.replacing(#""onSale""#, with: #""over""#) }
        #expect(message.bookings.count == 3)
        #expect(message.events.isEmpty)
        #expect(
            message.unknown.events.map(\.description) == ["019a9f2c-0000-7002-8000-00000000002a"])
    }

    @Test("A message type of another version is known for one")
    func unknownType() throws {
        let error = #expect(throws: MessageError.self) {
            try OutcomeMessage(body: [], type: "booking.outcomes.v2")
        }
        #expect(error?.code == .unknown)
    }

    private static func put(
        _ value: String, for member: String, _ replaced: String, in text: String
    ) -> String {
        text.replacing(
            "\"\(member)\": \(replaced)", with: "\"\(member)\": \(value)", maxReplacements: 1)
    }

    private func read(_ change: (String) -> String) throws -> OutcomeMessage {
        let example = String(decoding: try Example("outcomes.v1").bytes, as: UTF8.self)
        let changed = change(example)
        try #require(changed != example)
        return try OutcomeMessage(body: Array(changed.utf8), type: OutcomeMessage.type)
    }
}
