import BookingDomain
import Testing

/// The bytes of the log, which never change once they are written.
@Suite struct EntryBytesTests {
    @Test(
        "An entry is written as the bytes it always was, and they are read back",
        arguments: Sample.all)
    func golden(sample: Sample) {
        #expect(hex(sample.entry.bytes) == sample.hex)
        #expect(Entry(bytes: bytes(sample.hex)[...]) == sample.entry)
    }

    @Test("The samples have every kind, every verb, every reason and every refusal")
    func samplesAreComplete() {
        let bodies = Sample.all.map(\.entry.body)
        let reasons = bodies.compactMap { body -> Reason? in
            if case .book(_, _, .rejected(let reason)) = body { reason } else { nil }
        }
        let refusals = bodies.compactMap { body -> Change.Refusal? in
            if case .change(_, _, .refused(let refusal)) = body { refusal } else { nil }
        }
        let verbs = bodies.compactMap { body -> Command.Verb? in
            if case .change(let verb, _, _) = body { verb } else { nil }
        }
        #expect(Set(reasons) == Set(Reason.allCases))
        #expect(Set(refusals) == Set(Change.Refusal.allCases))
        #expect(Set(verbs) == Set(Command.Verb.allCases))
        #expect(Set(Sample.all.map { $0.hex.prefix(4).suffix(2) }).count == 9)
    }

    @Test("Any entry is read as it was written")
    func roundTrip() {
        var random = SplitMix(state: 1)
        for _ in 0..<2000 {
            let entry = RandomEntry.make(using: &random)
            #expect(Entry(bytes: entry.bytes[...]) == entry)
        }
    }

    @Test("An entry that is cut short, or has bytes to spare, is refused")
    func truncated() {
        var random = SplitMix(state: 2)
        for _ in 0..<100 {
            let bytes = RandomEntry.make(using: &random, bookingsMax: 3).bytes
            for length in 0..<bytes.count { #expect(Entry(bytes: bytes.prefix(length)) == nil) }
            for spare in [0, 1, 255] as [UInt8] {
                #expect(Entry(bytes: (bytes + [spare])[...]) == nil)
            }
        }
    }

    @Test("Bytes with a flipped bit are refused, or are those of another entry")
    func flipped() {
        var random = SplitMix(state: 3)
        for _ in 0..<60 {
            let original = RandomEntry.make(using: &random, bookingsMax: 3)
            for bit in 0..<8 * original.bytes.count {
                var bytes = original.bytes
                bytes[bit / 8] ^= 1 << (bit % 8)
                guard let read = Entry(bytes: bytes[...]) else { continue }
                #expect(read != original)
                #expect(read.bytes == bytes)
            }
        }
    }

    @Test("Anything else is refused, or is an entry's bytes")
    func noise() {
        var random = SplitMix(state: 4)
        for _ in 0..<5000 {
            var bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            // Let them come past the first checks.
            let head: [UInt8] = [
                1, .random(in: 0...10, using: &random),
                [0, 1, 16, 64].randomElement(using: &random) ?? 0,
                .random(in: 0...16, using: &random), 0,
            ]
            for (index, byte) in zip(bytes.indices, head) { bytes[index] = byte }
            guard let read = Entry(bytes: bytes[...]) else { continue }
            #expect(read.bytes == bytes)
        }
    }

    @Test("What no version has written yet is refused: other formats, kinds, results and flags")
    func reserved() throws {
        for sample in Sample.all {
            let good = bytes(sample.hex)
            for format in [0, 2, 255] as [UInt8] { #expect(read(good, 0, format) == nil) }
            for kind in [0, 10, 255] as [UInt8] { #expect(read(good, 1, kind) == nil) }
            for result in [2, 15, 22, 63, 70, 255] as [UInt8] {
                #expect(read(good, 2, result) == nil)
            }
            for flag in [16, 32, 64, 128] as [UInt8] {
                #expect(read(good, 3, good[3] | flag) == nil)
            }
        }
    }

    private func read(_ bytes: [UInt8], _ place: Int, _ byte: UInt8) -> Entry? {
        var bytes = bytes
        bytes[place] = byte
        return Entry(bytes: bytes[...])
    }

    @Test("The longest entry is as long as the log allows, and one that expires more is refused")
    func longest() {
        var random = SplitMix(state: 5)
        let keys = (0...Entry.bookingsMax).map { _ in RandomEntry.key(using: &random) }
        func entry(_ count: Int) -> Entry {
            Entry(
                sequence: BookingLimits.ordinals.upperBound, at: Fixture.now,
                command: CommandID(bits: .max), acceptedAt: nil,
                body: .expire(Array(keys.prefix(count)), dueAt: Fixture.now, more: true))
        }
        let longest = entry(Entry.bookingsMax)
        #expect(longest.bytes.count == 8046)
        #expect(longest.bytes.count <= Entry.bytesMax)
        #expect(Entry(bytes: longest.bytes[...]) == longest)
        for count in [0, Entry.bookingsMax + 1] {
            #expect(Entry(bytes: entry(count).bytes[...]) == nil)
        }
    }

    @Test("A sequence that no event reaches is refused", arguments: [0, -1, Int64.min, .max])
    func sequences(sequence: Int64) {
        let entry = Entry(
            sequence: sequence, at: Fixture.now, command: CommandID(bits: 1), acceptedAt: nil,
            body: .undecodable)
        #expect(Entry(bytes: entry.bytes[...]) == nil)
    }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}

func bytes(_ hex: some StringProtocol) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue).map { UInt8(truncatingIfNeeded: $0) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
