import BookingDomain

extension Instant {
    /// Reads an RFC 3339 timestamp as the API writes it: in UTC, with at most six digits of a fraction.
    init?(utc text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        for (place, mark) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")]
        where bytes[place] != mark.utf8.first {
            return nil
        }
        guard let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]), let hour = number(bytes[11..<13]),
            let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            let microseconds = microseconds(bytes[19...].dropLast())
        else { return nil }
        let seconds = ((daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
        self.init(microsecondsSinceEpoch: Int64(seconds * 1_000_000 + microseconds))
    }
}

private func number(_ digits: ArraySlice<UInt8>) -> Int? {
    var number = 0
    for digit in digits {
        guard (0x30...0x39).contains(digit) else { return nil }
        number = number * 10 + Int(digit - 0x30)
    }
    return number
}

/// What `.25` is in microseconds; 0 for nothing.
private func microseconds(_ fraction: ArraySlice<UInt8>) -> Int? {
    guard let point = fraction.first else { return 0 }
    let digits = fraction.dropFirst()
    guard point == UInt8(ascii: "."), (1...6).contains(digits.count) else { return nil }
    return number(digits + Array(repeating: 0x30, count: 6 - digits.count))
}

/// Howard Hinnant's way, "chrono-Compatible Low-Level Date Algorithms", for years after Christ.
private func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = year.quotientAndRemainder(dividingBy: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}
