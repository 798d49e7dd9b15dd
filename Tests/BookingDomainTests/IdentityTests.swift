import BookingDomain
import Testing

@Suite struct IdentityTests {
    private let authenticator = ToyAuthenticator()

    @Test("A UUID is written in lower case and read back, and nothing else is read")
    func uuidText() throws {
        let text = "0198f000-0000-7003-8000-0123456789ab"
        #expect(try #require(EventID(text)).description == text)
        #expect(EventID(text.uppercased())?.description == text)
        for bad in [
            "", "0198f000", text + "0", "0198f00-00000-7003-8000-0123456789ab",
            "0198f000-0000-7003-8000-0123456789ag", text.replacing("-", with: "0"),
        ] {
            #expect(EventID(bad) == nil, "\(bad)")
        }
    }

    @Test(
        "An event id is a UUIDv7 that names its shard and its time, and sorts by that",
        arguments: [0, 3, 4095])
    func eventID(shard: Int) {
        let early = EventID(shard: .number(shard), now: Fixture.now, random: .max)
        let late = EventID(
            shard: .number(0),
            now: Instant(
                microsecondsSinceEpoch: Fixture.now.microsecondsSinceEpoch + 1000),
            random: 0)
        #expect(early.shard.rawValue == shard)
        #expect(early < late)
        let age =
            Fixture.now.microsecondsSinceEpoch - early.madeAt.microsecondsSinceEpoch
        #expect((0..<1000).contains(age))
        let text = Array(early.description)
        #expect(text[14] == "7")
        #expect("89ab".contains(text[19]))
    }

    @Test("A shard number has twelve bits")
    func shardRange() {
        #expect(ShardNumber(4096) == nil)
        #expect(ShardNumber(-1) == nil)
    }

    @Test("The same request has the same booking key, another user, event or key another")
    func bookingKey() throws {
        let other = EventID(shard: .number(2), now: Fixture.now, random: 43)
        let key = try #require(IdempotencyKey("a"))
        let derive = { (user: Int, event: EventID, key: IdempotencyKey) in
            BookingKey(
                user: Fixture.user(user), event: event, idempotencyKey: key,
                authenticator: authenticator)
        }
        let first = derive(1, Fixture.event, key)
        #expect(first == derive(1, Fixture.event, key))
        #expect(first.shard == Fixture.event.shard)
        let others = [
            derive(2, Fixture.event, key), derive(1, other, key),
            derive(1, Fixture.event, try #require(IdempotencyKey("b"))),
        ]
        #expect(Set(others + [first]).count == 4)
    }

    @Test("The same change has the same id; another booking, kind, key or secret gives another")
    func changeIDs() throws {
        let keys = [nil, IdempotencyKey("a"), IdempotencyKey("b")]
        var ids: [CommandID] = []
        for booking in [1, 2].map(Fixture.key) {
            for kind in CommandKind.allCases {
                for key in keys {
                    for secret in [7, 8] as [UInt64] {
                        func make() -> CommandID {
                            CommandID(
                                changing: booking, kind, idempotencyKey: key,
                                authenticator: ToyAuthenticator(key: secret))
                        }
                        let id = make()
                        #expect(id == make())
                        #expect(ShardNumber.number(Int(id.bits >> 64 & 0xFFF)) == booking.shard)
                        ids.append(id)
                    }
                }
            }
        }
        #expect(Set(ids).count == ids.count)
        #expect(CommandID(Fixture.key(1)).bytes == Fixture.key(1).bytes)
    }

    @Test("A booking id is read back whole, and tells whose it is", arguments: 1...10)
    func bookingID(items: Int) throws {
        let basket = Basket.of(
            Dictionary((1...items).map { ($0 * 7, $0 * 5) }) { first, _ in first })
        let user = Fixture.user(1)
        let id = BookingID(
            key: Fixture.key(1), event: Fixture.event, basket: basket, user: user,
            authenticator: authenticator)
        let read = try #require(BookingID(id.description))
        #expect(read == id)
        #expect(read.basket == basket)
        #expect(read.key == Fixture.key(1))
        #expect(read.event == Fixture.event)
        #expect(read.isIssued(to: user, by: authenticator))
        #expect(!read.isIssued(to: Fixture.user(2), by: authenticator))
        #expect(!read.isIssued(to: user, by: ToyAuthenticator(key: 8)))
    }

    @Test(
        "An id with flags of another version is read, verified and given back as it came",
        arguments: 1...15)
    func flags(_ bits: UInt8) throws {
        let user = Fixture.user(1)
        let flags = BookingID.Flags(rawValue: bits)
        // Other baskets, in whatever way they will be written.
        let announced =
            flags.contains(.alternatives) ? Array(repeating: 0xA5, count: 11) : [UInt8]()
        func issue(_ flags: BookingID.Flags) -> BookingID {
            BookingID(
                key: Fixture.key(1), event: Fixture.event, basket: .of([1: 2, 5: 6]), flags: flags,
                announced: announced, user: user, authenticator: authenticator)
        }
        let id = issue(flags)
        let read = try #require(BookingID(id.description))
        #expect(read == id && read.description == id.description)
        #expect(read.flags == flags)
        #expect(read.basket == .of([1: 2, 5: 6]))
        #expect(read.isIssued(to: user, by: authenticator))
        #expect(!read.isIssued(to: Fixture.user(2), by: authenticator))
        // The same key with other flags is another id.
        #expect(issue([]) != id)
    }

    @Test("Nothing stands behind the items of an id that does not say so, and no id is too long")
    func announced() throws {
        func issue(_ flags: BookingID.Flags, _ announced: Int) -> String {
            BookingID(
                key: Fixture.key(1), event: Fixture.event, basket: .of([1: 2]), flags: flags,
                announced: Array(repeating: 7, count: announced), user: Fixture.user(1),
                authenticator: authenticator
            ).description
        }
        #expect(BookingID(issue([], 1)) == nil)
        #expect(BookingID(issue([.hold, .waitlist], 2)) == nil)
        #expect(
            BookingID(issue(.alternatives, 45))?.description.utf8.count == BookingID.charactersMax)
        #expect(BookingID(issue(.alternatives, 46)) == nil)
    }

    @Test("No changed character of a booking id goes unnoticed")
    func tampering() {
        let user = Fixture.user(1)
        let text = BookingID(
            key: Fixture.key(1), event: Fixture.event, basket: .of([1: 2]), user: user,
            authenticator: authenticator
        ).description
        for index in text.indices {
            for replacement in ["A", "b", "7", "_", "=", "é"]
            where String(text[index]) != replacement {
                let changed = text.replacingCharacters(at: index, with: replacement)
                let id = BookingID(changed)
                #expect(id?.isIssued(to: user, by: authenticator) != true, "\(changed)")
            }
        }
        for bad in [
            "", "A", String(text.dropLast()), text + "A", String(repeating: "A", count: 500),
        ] {
            #expect(BookingID(bad)?.isIssued(to: user, by: authenticator) != true, "\(bad)")
        }
    }

    @Test(
        "An idempotency key is 1 to 255 printable ASCII characters",
        arguments: [
            ("a", true), (String(repeating: "k", count: 255), true), ("with space ~", true),
            ("", false), (String(repeating: "k", count: 256), false), ("ä", false), ("a\n", false),
        ])
    func idempotencyKey(_ text: String, _ isGood: Bool) {
        #expect((IdempotencyKey(text) != nil) == isGood)
    }

    @Test("A ticket type id is its event's id and its number, written one way only")
    func ticketTypeID() throws {
        let id = TicketTypeID(event: Fixture.event, number: try #require(TicketTypeNumber(12)))
        #expect(TicketTypeID(id.description) == id)
        for bad in [
            "", "12", "\(Fixture.event).012", "\(Fixture.event).0", "\(Fixture.event).101",
            "\(Fixture.event).1.1", "\(Fixture.event).",
        ] {
            #expect(TicketTypeID(bad) == nil, "\(bad)")
        }
    }
}

extension String {
    fileprivate func replacingCharacters(at index: Index, with text: String) -> String {
        self[..<index] + text + self[self.index(after: index)...]
    }
}
