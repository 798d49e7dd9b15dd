import BookingDomain
import Testing

/// Pages: the entries of a batch, in one row.
@Suite struct LogPageTests {
    private func entries(_ count: Int, from first: Int64 = 7) -> [Entry] {
        var random = SplitMix(state: UInt64(count))
        return (0..<count).map { index in
            let entry = RandomEntry.make(using: &random, bookingsMax: 3)
            return Entry(
                sequence: first + Int64(index), at: entry.at, command: entry.command,
                acceptedAt: entry.acceptedAt, body: entry.body)
        }
    }

    private func page(
        _ page: LogPage, firstSequence: Int64? = nil, count: Int? = nil, bytes: [UInt8]? = nil
    ) -> LogPage {
        LogPage(
            event: page.event, firstSequence: firstSequence ?? page.firstSequence,
            count: count ?? page.count, at: page.at, bytes: bytes ?? page.bytes)
    }

    @Test("A page says where it begins, how many entries it has, and when the last was applied")
    func page() throws {
        let entries = entries(40)
        let page = try #require(LogPage(entries, of: Fixture.event))
        #expect(page.event == Fixture.event)
        #expect(page.firstSequence == 7)
        #expect(page.count == 40)
        #expect(page.at == entries.last?.at)
        #expect(page.entries == entries)
        #expect(LogPage([], of: Fixture.event) == nil)
    }

    @Test("Each entry stands behind its length in two bytes")
    func lengths() throws {
        let samples = Sample.all.prefix(2)
        let page = try #require(LogPage(samples.map(\.entry), of: Fixture.event))
        var expected: [UInt8] = []
        for sample in samples {
            expected += [0, UInt8(sample.hex.utf8.count / 2)]
            expected += bytes(sample.hex)
        }
        #expect(page.bytes == expected)
        #expect(page.entries == samples.map(\.entry))
    }

    @Test("A page of the longest entries is read as it was written")
    func longest() throws {
        let keys = (0..<Entry.bookingsMax).map { BookingKey(bits: UInt128($0)) }
        let entries = (1...20).map {
            Entry(
                sequence: $0, at: Fixture.now, command: CommandID(bits: UInt128($0)),
                acceptedAt: nil, body: .expire(keys, dueAt: Fixture.now, more: true))
        }
        #expect(try #require(LogPage(entries, of: Fixture.event)).entries == entries)
    }

    @Test("A page that is cut short, too long, miscounted or out of place has no entries")
    func damaged() throws {
        let whole = try #require(LogPage(entries(5), of: Fixture.event))
        for length in 0..<whole.bytes.count {
            #expect(page(whole, bytes: Array(whole.bytes.prefix(length))).entries == nil)
        }
        #expect(page(whole, bytes: whole.bytes + [0]).entries == nil)
        #expect(page(whole, bytes: whole.bytes + [0, 0]).entries == nil)
        for count in [-1, 0, 4, 6] { #expect(page(whole, count: count).entries == nil) }
        for first in [Int64.min, 0, 6, 8, .max] {
            #expect(page(whole, firstSequence: first).entries == nil)
        }
    }

    @Test("A page with a flipped bit has no entries, or others that are written as that")
    func flipped() throws {
        let whole = try #require(LogPage(entries(4), of: Fixture.event))
        for bit in 0..<8 * whole.bytes.count {
            var bytes = whole.bytes
            bytes[bit / 8] ^= 1 << (bit % 8)
            guard let read = page(whole, bytes: bytes).entries else { continue }
            #expect(read != whole.entries)
            #expect(LogPage(read, of: Fixture.event)?.bytes == bytes)
        }
    }

    @Test("An older program's bookings are packed as the entries that made them")
    func packed() throws {
        func booking(_ status: BookingStatus, _ reason: Reason?, basket: Basket?) -> Booking {
            Booking(
                key: Fixture.key(1), event: Fixture.event, user: Fixture.user(1), basket: basket,
                status: status, reason: reason, sequence: 3, createdAt: Fixture.time(-1),
                decidedAt: Fixture.now)
        }
        let basket = Basket.of([1: 2])
        let confirmed = try #require(Entry(of: booking(.confirmed, nil, basket: basket)))
        #expect(confirmed.sequence == 3)
        #expect(confirmed.at == Fixture.now)
        #expect(confirmed.acceptedAt == Fixture.time(-1))
        #expect(confirmed.command == CommandID(Fixture.key(1)))
        #expect(confirmed.body == .book(basket, holding: false, .confirmed))
        for reason in Reason.allCases {
            #expect(
                Entry(of: booking(.rejected, reason, basket: basket))?.body
                    == .book(basket, holding: false, .rejected(reason)))
        }
        let failed = try #require(Entry(of: booking(.failed, .undecodable, basket: nil)))
        #expect(failed.body == .undecodable)
        #expect(failed.acceptedAt == nil)
        for status in [BookingStatus.pending, .held, .waitlisted, .cancelled, .expired] {
            #expect(Entry(of: booking(status, nil, basket: basket)) == nil)
        }
        #expect(Entry(of: booking(.confirmed, nil, basket: nil)) == nil)
        #expect(Entry(of: booking(.rejected, nil, basket: basket)) == nil)
    }
}
