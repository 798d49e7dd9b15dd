extension JSONReader {
    /// A number as it is written.
    struct Numeral {
        let text: ArraySlice<UInt8>
        /// Whether it has neither a fraction nor an exponent.
        let isPlain: Bool
    }

    /// Reads a whole number, however it is written (`2`, `2.0`, `2e0`, `0.2e1`): exactly the number that
    /// its text says.
    package mutating func integer() throws(JSONError) -> Int64 {
        skipWhitespace()
        let start = position
        switch try number() {
        case .integer(let number): return number
        case .fraction:
            throw JSONError(.wrongType, "this is not a whole number in range", at: start)
        }
    }

    /// A number that stands for a whole one of 64 bits, or another.
    enum Number {
        case integer(Int64)
        case fraction(Double)
    }

    mutating func number() throws(JSONError) -> Number {
        skipWhitespace()
        guard let first = peek, first == UInt8(ascii: "-") || Self.isDigit(first) else {
            throw try wrongType("a number")
        }
        let numeral = try numeral()
        let integer =
            numeral.isPlain
            ? Self.integer(numeral.text) : DecimalText(numeral.text).integer.flatMap(Self.integer)
        if let integer { return .integer(integer) }
        guard let number = Double(String(decoding: numeral.text, as: UTF8.self)) else {
            throw malformed("a number cannot be read")
        }
        return .fraction(number)
    }

    mutating func numeral() throws(JSONError) -> Numeral {
        let start = position
        _ = skip("-")
        if skip("0") {
            if let byte = peek, Self.isDigit(byte) { throw malformed("a number begins with 0") }
        } else {
            try digits()
        }
        var isPlain = true
        if skip(".") {
            isPlain = false
            try digits()
        }
        if skip("e") || skip("E") {
            isPlain = false
            if !skip("+") { _ = skip("-") }
            try digits()
        }
        return Numeral(text: text[start..<position], isPlain: isPlain)
    }

    private mutating func digits() throws(JSONError) {
        guard let byte = peek, Self.isDigit(byte) else { throw malformed("a digit is missing") }
        while let byte = peek, Self.isDigit(byte) { position += 1 }
    }

    /// The number of some digits with perhaps a minus before them; `nil` beyond 64 bits.
    private static func integer(_ text: ArraySlice<UInt8>) -> Int64? {
        let isNegative = text.first == UInt8(ascii: "-")
        var number: Int64 = 0
        for byte in isNegative ? text.dropFirst() : text {
            // Downwards, for there is one more negative number than there are positive ones.
            let (tenfold, tooLarge) = number.multipliedReportingOverflow(by: 10)
            let (next, stillTooLarge) = tenfold.subtractingReportingOverflow(
                Int64(byte - UInt8(ascii: "0")))
            if tooLarge || stillTooLarge { return nil }
            number = next
        }
        if isNegative { return number }
        return number == .min ? nil : -number
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

/// A number as its digits and a power of ten, so that nothing is rounded.
private struct DecimalText {
    private let isNegative: Bool
    /// Neither the first nor the last is 0; empty for zero.
    private let digits: ArraySlice<UInt8>
    /// The number is `digits` times ten to this power.
    private let power: Int

    /// No number of 64 bits has more digits.
    private static let digitsMax = 19
    /// Powers are counted no further: a text is far shorter than so many digits.
    private static let powerMax = 1 << 40

    /// Takes what ``JSONReader/numeral()`` has read.
    init(_ text: ArraySlice<UInt8>) {
        isNegative = text.first == UInt8(ascii: "-")
        var digits: [UInt8] = []
        var power = 0
        var rest = isNegative ? text.dropFirst() : text
        var isFraction = false
        while let byte = rest.first, byte | 0x20 != UInt8(ascii: "e") {
            rest.removeFirst()
            guard byte != UInt8(ascii: ".") else {
                isFraction = true
                continue
            }
            digits.append(byte)
            if isFraction { power -= 1 }
        }
        power += Self.exponent(rest.dropFirst())
        let zero = UInt8(ascii: "0")
        let significant = digits.drop { $0 == zero }
        let zeros = significant.reversed().prefix { $0 == zero }.count
        self.digits = significant.dropLast(zeros)
        self.power = power + zeros
    }

    /// The number as an integer is written; `nil` when it has a fraction, or too many digits.
    var integer: ArraySlice<UInt8>? {
        guard !digits.isEmpty else { return [UInt8(ascii: "0")] }
        guard power >= 0, power <= Self.digitsMax, digits.count + power <= Self.digitsMax else {
            return nil
        }
        let sign = isNegative ? [UInt8(ascii: "-")] : []
        return (sign + digits + repeatElement(UInt8(ascii: "0"), count: power))[...]
    }

    private static func exponent(_ text: ArraySlice<UInt8>) -> Int {
        let isNegative = text.first == UInt8(ascii: "-")
        var power = 0
        for byte in text where byte != UInt8(ascii: "-") && byte != UInt8(ascii: "+") {
            power = min(power * 10 + Int(byte - UInt8(ascii: "0")), powerMax)
        }
        return isNegative ? -power : power
    }
}
