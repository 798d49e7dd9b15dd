/// Makes inputs from samples: most are nearly right, some are noise.
///
/// All that it does follows from the seed.
struct InputMutator: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// Texts that stand at the ends of what can be written, or mean something to one of the parsers.
    private static let oddities: [[UInt8]] = [
        "0", "-0", "-1", "1", "127", "128", "255", "256", "32767", "32768", "65536", "2147483647",
        "-2147483648", "4294967296", "9007199254740993", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "18446744073709551616", "1e400", "-1e400",
        "1e-400", "0.5", "1e15", "1E+2", "null", "true", "{}", "[]", "\"\"", "\\u0000", "\\ud800",
        "\\ud83d\\ude00", "\\", "é", "🎫", "\u{2028}", "\r\n", "\n", "\t", " ", ",", ";", ":", "=",
        "\"",
        "'", "%", "%00", "%2", "/", "?", "#", "@", "..", "-", "+", "{", "}", "[", "]",
        "[[[[[[[[[[[[[[[[[[",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-23:59", "1970-01-01T00:00:00Z",
    ].map { Array($0.utf8) }

    /// The longest input made from nothing.
    private static let noiseMax = 96
    private static let changesMax: UInt64 = 3

    /// The next of all the numbers that follow from the seed (SplitMix64).
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var number = state
        number = (number ^ number >> 30) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ number >> 27) &* 0x94D0_49BB_1331_11EB
        return number ^ number >> 31
    }

    private mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }

    /// An input made from one of the samples, or from nothing.
    mutating func input(from samples: [[UInt8]]) -> [UInt8] {
        let choice = next()
        guard choice % 16 != 0, !samples.isEmpty else { return noise() }
        var input = samples[Int(choice >> 8 % UInt64(samples.count))]
        for _ in 0...(choice >> 4 % Self.changesMax) { change(&input, samples) }
        return input
    }

    private mutating func noise() -> [UInt8] {
        let isText = next() % 2 == 0
        return (0..<below(Self.noiseMax)).map { _ in
            let byte = UInt8(truncatingIfNeeded: next())
            return isText ? 0x20 + byte % 95 : byte
        }
    }

    private mutating func change(_ input: inout [UInt8], _ samples: [[UInt8]]) {
        let place = below(input.count + 1)
        let end = min(place + below(8), input.count)
        switch next() % 9 {
        case 0 where place < input.count: input[place] ^= 1 << UInt8(truncatingIfNeeded: next() % 8)
        case 1 where place < input.count: input[place] = UInt8(truncatingIfNeeded: next())
        case 2: input.removeSubrange(place..<end)
        case 3: input.insert(contentsOf: input[place..<end], at: place)
        case 4: input.removeSubrange(place...)
        case 5: input.replaceSubrange(place..<end, with: oddity())
        case 6, 7: replaceNumber(in: &input, after: place)
        default:
            let other = samples[below(samples.count)]
            input.replaceSubrange(place..., with: other[min(place, other.count)...])
        }
    }

    private mutating func oddity() -> [UInt8] { Self.oddities[below(Self.oddities.count)] }

    /// Puts something odd in the place of the next run of digits.
    private mutating func replaceNumber(in input: inout [UInt8], after place: Int) {
        let isDigit = { (byte: UInt8) in 0x30...0x39 ~= byte }
        guard let start = input[place...].firstIndex(where: isDigit) else { return }
        let end = input[start...].firstIndex { !isDigit($0) } ?? input.count
        input.replaceSubrange(start..<end, with: oddity())
    }
}
