import BookingDomain

extension Instant {
    /// Reads an RFC 3339 timestamp; fractions beyond microseconds are cut off.
    init?(rfc3339 text: String) {
        var reader = TimestampReader(text: Array(text.utf8))
        guard let year = reader.number(4), reader.skip("-"),
            let month = reader.number(2), (1...12).contains(month), reader.skip("-"),
            let day = reader.number(2), (1...daysIn(month: month, of: year)).contains(day),
            reader.skip("T") || reader.skip("t"),
            let hour = reader.number(2), hour < 24, reader.skip(":"),
            let minute = reader.number(2), minute < 60, reader.skip(":"),
            let second = reader.number(2), second < 60,
            let microseconds = reader.fraction(), let offset = reader.offsetMinutes(),
            reader.isAtEnd
        else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second
        self.init(microsecondsSinceEpoch: Int64(seconds * 1_000_000 + microseconds))
    }

    /// The instant as an RFC 3339 timestamp in UTC, with as much of a fraction as it has.
    ///
    /// An instant outside ``BookingLimits/times`` is written as the nearest one inside.
    var rfc3339: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends ``rfc3339`` in ASCII.
    func append(to text: inout [UInt8]) {
        let times = BookingLimits.times
        let instant = min(max(self, times.lowerBound), times.upperBound)
        let (seconds, microseconds) = Int(instant.microsecondsSinceEpoch)
            .quotientAndRemainder(dividingBy: 1_000_000)
        let (days, secondOfDay) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = civil(daysSinceEpoch: days)
        text.append(year, digits: 4)
        text.append(month, digits: 2, after: "-")
        text.append(day, digits: 2, after: "-")
        text.append(secondOfDay / 3600, digits: 2, after: "T")
        text.append(secondOfDay / 60 % 60, digits: 2, after: ":")
        text.append(secondOfDay % 60, digits: 2, after: ":")
        if !microseconds.isMultiple(of: 1000) {
            text.append(microseconds, digits: 6, after: ".")
        } else if microseconds > 0 {
            text.append(microseconds / 1000, digits: 3, after: ".")
        }
        text.append(UInt8(ascii: "Z"))
    }
}

/// Reads the parts of a timestamp one after the other.
private struct TimestampReader {
    let text: [UInt8]
    var position = 0

    init(text: [UInt8]) { self.text = text }

    var isAtEnd: Bool { position == text.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func digit() -> Int? {
        guard position < text.count, (0x30...0x39).contains(text[position]) else { return nil }
        position += 1
        return Int(text[position - 1] - 0x30)
    }

    mutating func number(_ digits: Int) -> Int? {
        var number = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    /// The microseconds of a fraction; 0 when there is none.
    mutating func fraction() -> Int? {
        guard skip(".") else { return 0 }
        guard var microseconds = digit() else { return nil }
        var digits = 1
        while let digit = digit() {
            if digits < 6 {
                microseconds = microseconds * 10 + digit
                digits += 1
            }
        }
        for _ in digits..<6 { microseconds *= 10 }
        return microseconds
    }

    /// How many minutes the time written is ahead of UTC.
    mutating func offsetMinutes() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(2), hours < 24, skip(":"),
            let minutes = number(2), minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}

extension [UInt8] {
    /// Appends the last digits of a number that is not negative, in ASCII.
    fileprivate mutating func append(
        _ number: Int, digits: Int, after separator: Unicode.Scalar? = nil
    ) {
        if let separator { append(UInt8(ascii: separator)) }
        append(contentsOf: repeatElement(UInt8(ascii: "0"), count: digits))
        var rest = number
        // From the last to the first, in their places: to turn them round would take another array.
        for place in stride(from: count - 1, through: count - digits, by: -1) {
            self[place] += UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}

private func daysIn(month: Int, of year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
}

// The two conversions below are Howard Hinnant's, "chrono-Compatible Low-Level Date Algorithms":
// years begin in March, so the leap day is the last day of a year, and 400 years are one era.

private func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = year.flooredQuotient(by: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
}

private func civil(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
    let (era, dayOfEra) = (days + 719_468).flooredQuotient(by: 146_097)
    let yearOfEra =
        (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
}

extension Int {
    /// Quotient and remainder, the remainder never negative.
    fileprivate func flooredQuotient(by divisor: Int) -> (Int, Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
