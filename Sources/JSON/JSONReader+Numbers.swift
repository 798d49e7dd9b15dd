extension JSONReader {
    /// A number as it is written.
    struct Numeral {
        let text: ArraySlice<UInt8>
        /// Whether it has neither a fraction nor an exponent.
        let isPlain: Bool
    }

    /// Reads a whole number, however it is written (`2`, `2.0`, `2e0`).
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
        if numeral.isPlain, let integer = Self.integer(numeral.text) { return .integer(integer) }
        guard let number = Double(String(decoding: numeral.text, as: UTF8.self)) else {
            throw malformed("a number cannot be read")
        }
        // Beyond 2^53 a Double no longer tells neighbouring whole numbers apart.
        if number.magnitude <= 0x1p53, let integer = Int64(exactly: number) {
            return .integer(integer)
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
