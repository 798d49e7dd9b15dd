import BookingDomain
import JSON
import ProblemDetails

@testable import BookingIngress

// What clients send as JSON.
extension InputParser {
    static let json = InputParser("json", [event, #"[1,-2.5e3,"\u00e9\n",true,null,{"a":[]}]"#]) {
        guard let value = try? JSONValue(parsing: $0) else { return false }
        try Unsound.unless((try? JSONValue(parsing: value.rendered)) != nil, "it is written wrong")
        return true
    }

    static let bodies = [
        body("booking", [booking]) { body in
            let draft = try BookingDraft(body)
            try Unsound.unless(
                (1...BookingLimits.itemsPerBookingMax).contains(draft.items.count), "no basket")
        },
        body("event", [event]) { body in
            let draft = try EventDraft(body)
            for time in [draft.startsAt, draft.endsAt ?? draft.startsAt] {
                try Unsound.unless(
                    BookingLimits.times.contains(time) && Instant(rfc3339: time.rfc3339) == time,
                    "a time is out of range")
            }
        },
        body("user", [user]) { _ = try UserDraft($0) },
        body("session", [credentials]) { _ = try SignIn($0) },
    ]

    private static func body(
        _ name: String, _ samples: [String], _ read: @escaping @Sendable (JSONValue) throws -> Void
    ) -> InputParser {
        InputParser("\(name)-body", samples) { bytes in
            do { try read(try JSONValue(parsing: bytes)) } catch let error as Unsound {
                throw error
            } catch is JSONError { return false } catch is Problem { return false } catch {
                throw Unsound("\(error) is no problem")
            }
            return true
        }
    }

    private static let booking = """
        {"items":[{"ticketTypeId":"019a9f2c-0000-7002-8000-00000000002a.1","quantity":2},\
        {"ticketTypeId":"019a9f2c-0000-7002-8000-00000000002a.3","quantity":1}]}
        """
    private static let event = """
        {"title":"T","venue":"V","startsAt":"2030-06-01T19:30:00+02:00",\
        "endsAt":"2030-06-02T01:00:00.5Z","status":"draft","ticketTypes":[{"name":"N",\
        "capacity":100,"price":{"amount":1250,"currency":"EUR"},"maxPerUser":4}]}
        """
    private static let user = """
        {"email":"ada@example.org","name":"Ad\\u00e4","password":"correct horse","role":"organizer"}
        """
    private static let credentials = #"{"email":"ada@example.org","password":"correct horse"}"#
}
