import BookingDomain
import BookingTestSupport
import HTTPTypes
import JSON
import ProblemDetails
import Testing

@testable import BookingIngress

struct DraftTests {
    /// The pointers of the fields that are refused; none when the body is taken.
    private func pointers<Draft>(
        _ body: String, _ read: (JSONValue) throws -> Draft
    ) throws -> [String] {
        do {
            _ = try read(try JSONValue(parsing: body.utf8))
            return []
        } catch let problem as Problem {
            #expect(problem.status.code == 422)
            #expect(problem.slug == "invalid-request")
            return problem.errors.map(\.pointer)
        }
    }

    @Test("a user is read with what is given, and is an attendee unless it says otherwise")
    func user() throws {
        let body = #"{"email":"Ada@example.org","name":"Ada","password":"correct horse"}"#
        let draft = try UserDraft(try JSONValue(parsing: body.utf8))
        #expect(
            draft
                == UserDraft(
                    email: "Ada@example.org", name: "Ada", password: "correct horse",
                    role: .attendee))
    }

    @Test(
        "a user's fields are judged one by one",
        arguments: [
            (#"{}"#, ["/email", "/name", "/password"]),
            (#"[]"#, [""]), (#""user""#, [""]), (#"null"#, [""]),
            (#"{"email":1,"name":true,"password":null}"#, ["/email", "/name", "/password"]),
            (#"{"email":"a@b.c","name":"","password":"12345678"}"#, ["/name"]),
            (#"{"email":"a@b.c","name":"  ","password":"12345678"}"#, ["/name"]),
            (#"{"email":"a@b.c","name":"a\u0000b","password":"12345678"}"#, ["/name"]),
            (#"{"email":"a@b.c","name":"a\nb","password":"12345678"}"#, ["/name"]),
            (#"{"email":"a@b.c","name":"A","password":"1234567"}"#, ["/password"]),
            (#"{"email":"a@b.c","name":"A","password":"12345678","role":"admin"}"#, ["/role"]),
            (#"{"email":"a@b.c","name":"A","password":"12345678","role":3}"#, ["/role"]),
            (#"{"email":"a@b.c","name":"A","password":"12345678","role":null}"#, ["/role"]),
            (#"{"email":"a@b.c","name":"A","password":"12345678","role":"organizer"}"#, []),
        ])
    func userFields(body: String, refused: [String]) throws {
        #expect(try pointers(body, UserDraft.init) == refused)
    }

    @Test(
        "an e-mail address must look like one",
        arguments: [
            ("a@b.c", true), ("ada.lovelace+x@mail.example.org", true), ("ü@exämple.org", true),
            ("ab", false), ("a@b", false), ("@b.c", false), ("a@", false), ("a@b.", false),
            ("a@.c", false), ("a@@b.c", false), ("a@b@c.d", false), ("a b@c.d", false),
            ("a@b.c\n", false), ("a@b..c", false),
        ])
    func email(text: String, isGood: Bool) throws {
        let body = JSONValue.object([
            "email": .string(text), "name": .string("A"), "password": .string("12345678"),
        ])
        let refused = try pointers(String(decoding: body.rendered, as: UTF8.self), UserDraft.init)
        #expect(refused == (isGood ? [] : ["/email"]))
    }

    @Test("lengths are bounded")
    func lengths() throws {
        func user(email: Int = 10, name: Int = 5, password: Int = 10) throws -> [String] {
            let local = String(repeating: "a", count: 10)
            let domain = Array(repeating: "bbbbbbbbb", count: 30).joined(separator: ".")
            let address = "\(local)@\(domain)".prefix(email - 2) + ".c"
            let body = JSONValue.object([
                "email": .string(email == 10 ? "a@b.c" : String(address)),
                "name": .string(String(repeating: "é", count: name)),
                "password": .string(String(repeating: "🎫", count: password)),
            ])
            return try pointers(String(decoding: body.rendered, as: UTF8.self), UserDraft.init)
        }
        #expect(try user(email: 254, name: 200, password: 128) == [])
        #expect(try user(email: 255) == ["/email"])
        #expect(try user(name: 201) == ["/name"])
        #expect(try user(password: 129) == ["/password"])
    }

    private static let opera = """
        {"title":"Opera","startsAt":"2030-01-01T20:00:00Z","ticketTypes":[{"name":"A","capacity":5}]}
        """

    @Test("an event is on sale unless it is to be a draft, and keeps all it is given")
    func event() throws {
        let draft = try EventDraft(try JSONValue(parsing: Self.opera.utf8))
        #expect(draft.status == .onSale)
        #expect(draft.ticketTypes.map(\.capacity) == [5])
        let full = """
            {"title":"Opera","venue":"House","startsAt":"2030-01-01T20:00:00Z","status":"draft",
             "endsAt":"2030-01-01T23:00:00+01:00","ticketTypes":[
              {"name":"A","capacity":1e3,"price":{"amount":1250,"currency":"EUR"},"maxPerUser":4},
              {"name":"B","capacity":2.0}]}
            """
        let other = try EventDraft(try JSONValue(parsing: full.utf8))
        #expect(other.status == .draft)
        #expect(other.venue == "House")
        #expect(other.endsAt?.rfc3339 == "2030-01-01T22:00:00Z")
        #expect(other.ticketTypes.map(\.capacity) == [1000, 2])
        #expect(other.ticketTypes[0].price == Money(amount: 1250, currency: "EUR"))
        #expect(other.ticketTypes[0].maxPerUser == 4)
    }

    @Test(
        "an event's fields are judged one by one, all at once",
        arguments: [
            ("{}", ["/title", "/startsAt", "/ticketTypes"]),
            (opera.replacing("Opera", with: ""), ["/title"]),
            (opera.replacing("\"Opera\"", with: "17"), ["/title"]),
            (opera.replacing("2030-01-01T20:00:00Z", with: "tomorrow"), ["/startsAt"]),
            (
                opera.replacing("\"title\"", with: "\"endsAt\":\"2030-01-01T20:00:00Z\",\"title\""),
                ["/endsAt"]
            ),
            (opera.replacing("\"title\"", with: "\"status\":\"closed\",\"title\""), ["/status"]),
            (opera.replacing("\"title\"", with: "\"venue\":\" \",\"title\""), ["/venue"]),
            (opera.replacing("[{", with: "[7,{"), ["/ticketTypes/0"]),
            (opera.replacing(#"[{"name":"A","capacity":5}]"#, with: "[]"), ["/ticketTypes"]),
            (opera.replacing(#"[{"name":"A","capacity":5}]"#, with: "{}"), ["/ticketTypes"]),
            (opera.replacing(":5", with: ":0"), ["/ticketTypes/0/capacity"]),
            (opera.replacing(":5", with: ":-1"), ["/ticketTypes/0/capacity"]),
            (opera.replacing(":5", with: ":10000001"), ["/ticketTypes/0/capacity"]),
            (opera.replacing(":5", with: ":1e400"), ["/ticketTypes/0/capacity"]),
            (opera.replacing(":5", with: ":2.5"), ["/ticketTypes/0/capacity"]),
            (opera.replacing(":5", with: ":\"5\""), ["/ticketTypes/0/capacity"]),
            (opera.replacing(":5", with: ":true"), ["/ticketTypes/0/capacity"]),
            (opera.replacing(":5", with: ":5,\"maxPerUser\":0"), ["/ticketTypes/0/maxPerUser"]),
            (opera.replacing(":5", with: ":5,\"price\":5"), ["/ticketTypes/0/price"]),
            (
                opera.replacing(":5", with: ":5,\"price\":{}"),
                ["/ticketTypes/0/price/amount", "/ticketTypes/0/price/currency"]
            ),
            (
                opera.replacing(":5", with: #":5,"price":{"amount":-1,"currency":"EUR"}"#),
                ["/ticketTypes/0/price/amount"]
            ),
            (
                opera.replacing(":5", with: #":5,"price":{"amount":1,"currency":"eur"}"#),
                ["/ticketTypes/0/price/currency"]
            ),
        ])
    func eventFields(body: String, refused: [String]) throws {
        #expect(try pointers(body, EventDraft.init) == refused)
    }

    @Test(
        "money is a whole number of minor units of a currency that there is",
        arguments: [
            (#"{"amount":1000000000000,"currency":"IDR"}"#, []),
            (#"{"amount":0,"currency":"JPY"}"#, []), (#"{"amount":1e2,"currency":"KWD"}"#, []),
            (#"{"amount":1000000000001,"currency":"EUR"}"#, ["amount"]),
            (#"{"amount":1.0000000000000000001,"currency":"EUR"}"#, ["amount"]),
            (#"{"amount":1e400,"currency":"EUR"}"#, ["amount"]),
            (#"{"amount":null,"currency":null}"#, ["amount", "currency"]),
            (#"{"amount":"1","currency":978}"#, ["amount", "currency"]),
            (#"{"amount":1,"currency":"XYZ"}"#, ["currency"]),
            (#"{"amount":1,"currency":"DEM"}"#, ["currency"]),
            (#"{"amount":1,"currency":"€"}"#, ["currency"]),
        ] as [(String, [String])])
    func money(price: String, refused: [String]) throws {
        let body = Self.opera.replacing(":5", with: ":5,\"price\":\(price)")
        #expect(
            try pointers(body, EventDraft.init) == refused.map { "/ticketTypes/0/price/\($0)" })
    }

    @Test("an event has one currency; what costs nothing has none")
    func oneCurrency() throws {
        func types(_ currencies: [String?]) -> String {
            let types = currencies.enumerated().map { index, currency in
                let price = currency.map { #","price":{"amount":5,"currency":"\#($0)"}"# } ?? ""
                return #"{"name":"\#(index)","capacity":5\#(price)}"#
            }
            return Self.opera.replacing(
                #"{"name":"A","capacity":5}"#, with: types.joined(separator: ","))
        }
        #expect(try pointers(types([nil, "EUR", nil, "EUR"]), EventDraft.init) == [])
        #expect(
            try pointers(types(["EUR", "USD", nil, "EUR", "CHF"]), EventDraft.init)
                == ["/ticketTypes/1/price/currency", "/ticketTypes/4/price/currency"])
    }

    @Test(
        "an event's ticket types have names that a person can tell apart",
        arguments: [
            (["Stalls", "Stalls 2", "Balcony"], []),
            (["Stalls", "Stalls"], [1]), (["Stalls", " stalls "], [1]),
            (["Caf\u{e9}", "CAFE\u{301}"], [1]), (["Straße", "STRASSE"], [1]),
            (["ΟΔΟΣ", "οδος", "οδοσ"], [1, 2]), (["Row  A", "row\u{a0}A"], [1]),
            (["A", "B", "a", "b"], [2, 3]),
        ] as [([String], [Int])])
    func names(names: [String], refused: [Int]) throws {
        let types = names.map { #"{"name":"\#($0)","capacity":5}"# }.joined(separator: ",")
        let body = Self.opera.replacing(#"{"name":"A","capacity":5}"#, with: types)
        #expect(
            try pointers(body, EventDraft.init) == refused.map { "/ticketTypes/\($0)/name" })
    }

    @Test(
        "a booking's items are judged one by one",
        arguments: [
            (#"{}"#, ["/items"]), (#"{"items":{}}"#, ["/items"]), (#"{"items":[]}"#, ["/items"]),
            (#"{"items":[null]}"#, ["/items/0"]),
            (#"{"items":[{}]}"#, ["/items/0/ticketTypeId", "/items/0/quantity"]),
            (#"{"items":[{"ticketTypeId":"x","quantity":1}]}"#, []),
            (#"{"items":[{"ticketTypeId":7,"quantity":1}]}"#, ["/items/0/ticketTypeId"]),
            (#"{"items":[{"ticketTypeId":"x","quantity":0}]}"#, ["/items/0/quantity"]),
            (#"{"items":[{"ticketTypeId":"x","quantity":-1}]}"#, ["/items/0/quantity"]),
            (#"{"items":[{"ticketTypeId":"x","quantity":51}]}"#, ["/items/0/quantity"]),
            (#"{"items":[{"ticketTypeId":"x","quantity":1000000000}]}"#, ["/items/0/quantity"]),
            (#"{"items":[{"ticketTypeId":"x","quantity":1e9}]}"#, ["/items/0/quantity"]),
            (#"{"items":[{"ticketTypeId":"x","quantity":1e99}]}"#, ["/items/0/quantity"]),
            (#"{"items":[{"ticketTypeId":"x","quantity":2.5}]}"#, ["/items/0/quantity"]),
            (#"{"items":[{"ticketTypeId":"x","quantity":"2"}]}"#, ["/items/0/quantity"]),
            (#"{"items":[{"ticketTypeId":"x","quantity":true}]}"#, ["/items/0/quantity"]),
            (
                #"{"items":[{"ticketTypeId":"x","quantity":1},{"ticketTypeId":"x","quantity":2}]}"#,
                ["/items/1/ticketTypeId"]
            ),
            (
                #"{"items":[{"ticketTypeId":"","quantity":0},3,{"ticketTypeId":"x","quantity":1}]}"#,
                ["/items/0/ticketTypeId", "/items/0/quantity", "/items/1"]
            ),
        ])
    func bookingFields(body: String, refused: [String]) throws {
        #expect(try pointers(body, BookingDraft.init) == refused)
    }

    @Test("a booking has at most ten items, and the same ticket type written otherwise is the same")
    func bookingItems() throws {
        func body(_ ids: [String]) -> String {
            let items = ids.map { #"{"ticketTypeId":"\#($0)","quantity":1}"# }
            return "{\"items\":[\(items.joined(separator: ","))]}"
        }
        #expect(try pointers(body((1...10).map { "t\($0)" }), BookingDraft.init) == [])
        #expect(try pointers(body((1...11).map { "t\($0)" }), BookingDraft.init) == ["/items"])
        let type = TicketTypeID(
            event: try TestEvents.event().id, number: try TicketTypeNumber(1).orThrow()
        ).description
        let same = [type, type.uppercased()]
        #expect(try pointers(body(same), BookingDraft.init) == ["/items/1/ticketTypeId"])
    }

    @Test(
        "a member that is not known is refused by name, wherever it stands",
        arguments: [
            (#"{"items":[{"ticketTypeId":"x","quantity":1}],"hold":0}"#, ["/hold"]),
            (#"{"items":[{"ticketTypeId":"x","quantity":1}],"waitlist":false}"#, ["/waitlist"]),
            (#"{"items":[{"ticketTypeId":"x","quantity":1}],"waitlist":null}"#, ["/waitlist"]),
            (#"{"items":[{"ticketTypeId":"x","quantity":1,"Quantity":1}]}"#, ["/items/0/Quantity"]),
            (#"{"a/b~c":1,"items":[{"ticketTypeId":"x","quantity":1}],"":2}"#, ["/a~1b~0c", "/"]),
            (#"{"item":[]}"#, ["/items", "/item"]),
        ])
    func unknownMembers(body: String, refused: [String]) throws {
        #expect(try pointers(body, BookingDraft.init) == refused)
    }

    @Test("every body refuses members that are not known")
    func unknownMembersEverywhere() throws {
        let user = #"{"email":"a@b.c","name":"A","password":"12345678","Role":"organizer"}"#
        #expect(try pointers(user, UserDraft.init) == ["/Role"])
        let signIn = #"{"email":"a@b.c","password":"12345678","otp":"1"}"#
        #expect(try pointers(signIn, SignIn.init) == ["/otp"])
        #expect(try pointers(#"{"email":"a@b.c"}"#, AccountChange.init) == ["/email"])
        let event = Self.opera.replacing(
            ":5", with: #":5,"limit":2,"price":{"amount":1,"currency":"EUR","tax":7}"#)
        #expect(
            try pointers(
                event.replacing("{\"title\"", with: "{\"places\":5,\"title\""), EventDraft.init)
                == ["/ticketTypes/0/price/tax", "/ticketTypes/0/limit", "/places"])
    }

    @Test(
        "null is no value of any member: what has none is left out",
        arguments: ["venue", "endsAt", "status"])
    func null(member: String) throws {
        let body = Self.opera.replacing("{\"title\"", with: "{\"\(member)\":null,\"title\"")
        #expect(try pointers(body, EventDraft.init) == ["/\(member)"])
    }

    @Test("an answer names a hundred wrong fields at most")
    func manyErrors() throws {
        let members = (0..<60).map { #""m\#($0)":1"# }.joined(separator: ",")
        let items = Array(repeating: "{\(members)}", count: 10).joined(separator: ",")
        #expect(try pointers(#"{"items":[\#(items)]}"#, BookingDraft.init).count == 100)
    }
}
