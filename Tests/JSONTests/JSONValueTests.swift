import JSON
import Testing

struct JSONValueTests {
    @Test(
        "a JSON text is read as what it says",
        arguments: [
            ("null", JSONValue.null), (" true\n", .bool(true)), ("false", .bool(false)),
            ("0", .integer(0)), ("-12", .integer(-12)), ("1e3", .integer(1000)),
            ("1e9", .integer(1_000_000_000)), ("2.0", .integer(2)), ("2.5", .number(2.5)),
            ("1e400", .number(.infinity)), ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .number(0x1p63)), ("-0", .integer(0)),
            (#""""#, .string("")), (#""a\n\u00e9\ud83c\udfabz""#, .string("a\né🎫z")),
            (#""\/\\\"""#, .string(#"/\""#)), ("\"é\"", .string("é")),
            ("[]", .array([])), ("[1, [2]]", .array([.integer(1), .array([.integer(2)])])),
            ("{}", .object([])),
            (
                #"{"a":1,"b":{"c":null}}"#,
                .object([
                    JSONMember("a", .integer(1)),
                    JSONMember("b", .object([JSONMember("c", .null)])),
                ])
            ),
        ])
    func reads(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text.utf8) == value)
    }

    @Test(
        "a number is whole when its text says exactly a whole number, and is rounded to none",
        arguments: [
            ("1e0", 1), ("10e-1", 1), ("1000000000000000000000e-21", 1), ("0.05e2", 5),
            ("-2E+1", -20),
            ("9007199254740993.0", 9_007_199_254_740_993), ("1e18", 1_000_000_000_000_000_000),
            ("0.9223372036854775807e19", Int64.max), ("-9223372036854775808.0", Int64.min),
            ("0e999999999999999999999", 0), ("-0.0e-5", 0),
            ("1." + String(repeating: "0", count: 10_000), 1),
            ("1.0000000000000000001", nil), ("0.99999999999999999999", nil), ("1e-1", nil),
            ("4503599627370497.5", nil), ("9223372036854775808.0", nil), ("1e19", nil),
            ("1e99999999999999999999999", nil), ("1e-99999999999999999999999", nil),
            ("1." + String(repeating: "0", count: 10_000) + "1", nil),
        ] as [(String, Int64?)])
    func wholeNumbers(text: String, number: Int64?) throws {
        #expect(try JSONValue(parsing: text.utf8).integer == number)
    }

    @Test(
        "a text that is no JSON, or that readers would disagree on, is refused",
        arguments: [
            "", " ", "{", "[", "}", "nul", "tru", "True", "NaN", "Infinity", "01", "-", "+1", "1.",
            ".5", "1e", "1e+", "0x10", #"""#, #""\x""#, #""\u12"#, #""\u12g4""#, #""\ud83c""#,
            #""\ud83c\u0041""#, #""\udfab""#, "\"\n\"", "\"\u{0}\"", "{a:1}", #"{"a"}"#,
            #"{"a":}"#, #"{"a":1,}"#, #"{"a" 1}"#, #"{,}"#, "[1,]", "[,1]", "[1 2]", "1 2", "{} {}",
            #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, "\u{FEFF}{}", "'a'", "// c\n1",
        ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test("bytes that are not UTF-8 are refused")
    func refusesForeignBytes() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xC0, 0xAF, 0x22]) }
    }

    @Test("nesting and members have a limit, and the limit itself is fine")
    func limits() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        func members(_ count: Int) -> String {
            "{" + (0..<count).map { "\"m\($0)\":0" }.joined(separator: ",") + "}"
        }
        _ = try JSONValue(parsing: nested(JSONReader.depthMax).utf8)
        #expect(throws: JSONError.self) {
            try JSONValue(parsing: nested(JSONReader.depthMax + 1).utf8)
        }
        #expect(throws: JSONError.self) {
            try JSONValue(parsing: nested(100_000).utf8)
        }
        _ = try JSONValue(parsing: members(JSONReader.membersMax).utf8)
        #expect(throws: JSONError.self) {
            try JSONValue(parsing: members(JSONReader.membersMax + 1).utf8)
        }
    }

    @Test("what is rendered reads as the same value again")
    func roundTrip() throws {
        let value: JSONValue = .object([
            "text": .string("quote \" backslash \\ newline \n nul \u{0} bell \u{7} é 🎫 /"),
            "numbers": .array([.integer(.min), .integer(0), .number(0.1), .number(-1.5e300)]),
            "nothing": .null, "left out": nil, "flags": .array([.bool(true), .bool(false)]),
        ])
        #expect(try JSONValue(parsing: value.rendered) == value)
        #expect(value["left out"] == nil)
    }

    @Test("objects render compactly, in the order of their members")
    func compact() {
        let value: JSONValue = .object(["b": .integer(1), "a": .array([.string("x"), .null])])
        #expect(String(decoding: value.rendered, as: UTF8.self) == #"{"b":1,"a":["x",null]}"#)
    }
}
