import BookingDomain
import Testing

@testable import BookingIngress

struct TimestampTests {
    @Test(
        "a time as in RFC 3339 is read, and written in UTC",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
            ("2026-11-21T04:14:03Z", 1_795_234_443_000_000, "2026-11-21T04:14:03Z"),
            ("2026-11-21T05:14:03+01:00", 1_795_234_443_000_000, "2026-11-21T04:14:03Z"),
            ("2026-11-20t22:44:03.5-05:30", 1_795_234_443_500_000, "2026-11-21T04:14:03.500Z"),
            ("2024-02-29T23:59:59.123456z", 1_709_251_199_123_456, "2024-02-29T23:59:59.123456Z"),
            ("2000-02-29T00:00:00.1234567Z", 951_782_400_123_456, "2000-02-29T00:00:00.123456Z"),
            ("1970-01-01T00:00:00.000001Z", 1, "1970-01-01T00:00:00.000001Z"),
            ("1969-12-31T23:59:00-00:01", 0, "1970-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000_000, "9999-12-31T23:59:59Z"),
            (
                "9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999,
                "9999-12-31T23:59:59.999999Z"
            ),
        ])
    func reads(text: String, microseconds: Int, written: String) throws {
        let instant = try #require(Instant(rfc3339: text))
        #expect(instant.microsecondsSinceEpoch == Int64(microseconds))
        #expect(instant.rfc3339 == written)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "2026", "2026-11-21", "2026-11-21T04:14:03", "2026-11-21 04:14:03Z",
            "2026-11-21T04:14Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
            "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-11-31T00:00:00Z",
            "2026-11-21T24:00:00Z", "2026-11-21T00:60:00Z", "2026-11-21T00:00:60Z",
            "2026-11-21T00:00:00.Z", "2026-11-21T00:00:00+1:00", "2026-11-21T00:00:00+24:00",
            "2026-11-21T00:00:00+01:60", "2026-11-21T00:00:00ZZ", "26-11-21T00:00:00Z",
            "2026-11-21T00:00:00Z ", "２026-11-21T00:00:00Z", "-2026-11-21T00:00:00Z",
        ])
    func refuses(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test(
        "a time outside 1970 to 9999 in UTC is read, and written as the nearest inside",
        arguments: [
            ("1969-12-31T23:59:59.999Z", -1000, "1970-01-01T00:00:00Z"),
            ("1970-01-01T00:00:00+00:01", -60_000_000, "1970-01-01T00:00:00Z"),
            ("0000-01-01T00:00:00+00:01", -62_167_219_260_000_000, "1970-01-01T00:00:00Z"),
            (
                "9999-12-31T23:59:59-23:59", 253_402_387_139_000_000,
                "9999-12-31T23:59:59.999999Z"
            ),
        ])
    func outside(text: String, microseconds: Int, written: String) throws {
        let instant = try #require(Instant(rfc3339: text))
        #expect(instant.microsecondsSinceEpoch == Int64(microseconds))
        #expect(!BookingLimits.times.contains(instant))
        #expect(instant.rfc3339 == written)
    }

    /// The ends of all there is, of the years of four digits, and of the years allowed.
    private static let extremes: [Int64] = [
        .min, .min + 1, -62_167_219_200_000_001, -1, 0, 253_402_300_799_999_999,
        253_402_300_800_000_000, .max - 1, .max,
    ]

    @Test(
        "whatever instant there is, it is written with a year of four digits", arguments: extremes)
    func everyInstant(microseconds: Int64) throws {
        let written = Instant(microsecondsSinceEpoch: microseconds).rfc3339
        let read = try #require(Instant(rfc3339: written))
        #expect(BookingLimits.times.contains(read))
    }

    @Test("every day of four centuries is read as it is written, one after the other")
    func everyDay() throws {
        let day: Int64 = 86_400_000_000
        let first = try #require(Instant(rfc3339: "1970-01-01T12:00:00Z"))
        let last = try #require(Instant(rfc3339: "2370-01-01T12:00:00Z"))
        var microseconds = first.microsecondsSinceEpoch
        var days = 0
        while microseconds < last.microsecondsSinceEpoch {
            let instant = Instant(microsecondsSinceEpoch: microseconds)
            guard Instant(rfc3339: instant.rfc3339) == instant else {
                Issue.record("\(instant.rfc3339) is read otherwise than it is written")
                return
            }
            microseconds += day
            days += 1
        }
        #expect(days == 146_097)
    }
}
