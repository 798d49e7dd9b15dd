import JSON
import Testing

struct JSONReaderTests {
    private func reader(_ text: String) -> JSONReader { JSONReader(Array(text.utf8)) }

    @Test("members are handed out in their order, and their values read one by one")
    func members() throws {
        var reader = reader(
            #"{"name": "Ada", "\u0061ge": 36, "tags": [1, 2], "extra": {"x": null}}"#)
        var object = try reader.beginObject()
        var seen: [String] = []
        while let name = try reader.nextName(in: &object) {
            switch name {
            case "name": seen.append("name \(try reader.string())")
            case "age": seen.append("age \(try reader.integer())")
            case "tags":
                var array = try reader.beginArray()
                while try reader.nextElement(in: &array) {
                    seen.append("tag \(try reader.integer())")
                }
            default: seen.append(String(decoding: try reader.skipValue(), as: UTF8.self))
            }
        }
        try reader.finish()
        #expect(seen == ["name Ada", "age 36", "tag 1", "tag 2", #"{"x": null}"#])
    }

    @Test("a value of another type is told from a text that is no JSON")
    func wrongType() {
        func code(_ text: String) -> JSONError.Code? {
            var reader = reader(text)
            do throws(JSONError) {
                _ = try reader.integer()
                return nil
            } catch { return error.code }
        }
        #expect(code("7") == nil)
        for text in [#""7""#, "7.5", "[7]", "{}", "null", "true", "9223372036854775808"] {
            #expect(code(text) == .wrongType, "\(text)")
        }
        for text in ["", "x", "-", #""7"#, "[7", "{7}", "nul"] {
            #expect(code(text) == .malformed, "\(text)")
        }
    }

    @Test("after an error the reader can go back and pass over what it could not read")
    func recovery() throws {
        var reader = reader(#"[{"a": {"b": "x"}}, 2]"#)
        var array = try reader.beginArray()
        #expect(try reader.nextElement(in: &array))
        let mark = reader.mark
        #expect(throws: JSONError.self) {
            var object = try reader.beginObject()
            _ = try reader.nextName(in: &object)
            var inner = try reader.beginObject()
            _ = try reader.nextName(in: &inner)
            _ = try reader.integer()
        }
        reader.return(to: mark)
        let skipped = try reader.skipValue()
        #expect(String(decoding: skipped, as: UTF8.self) == #"{"a": {"b": "x"}}"#)
        #expect(try reader.nextElement(in: &array))
        #expect(try reader.integer() == 2)
        #expect(try !reader.nextElement(in: &array))
        try reader.finish()
    }

    @Test(
        "numbers at the edges are read whole",
        arguments: [
            ("-9223372036854775808", Int64.min), ("9223372036854775807", .max), ("-0", 0),
            ("120e-1", 12), ("1.0", 1),
        ])
    func integers(text: String, number: Int64) throws {
        var reader = reader(text)
        #expect(try reader.integer() == number)
        try reader.finish()
    }

    @Test("what the writer writes, the reader reads")
    func roundTrip() throws {
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("numbers")
            writer.array { writer in
                for number in [Int64.min, -1, 0, 1, .max] { writer.integer(number) }
            }
            writer.name("empty")
            writer.object { _ in }
            writer.name("plain")
            writer.plainString { $0 += "ab".utf8 }
            writer.name("raw")
            writer.raw(Array("[true,null]".utf8)[...])
            writer.name("text")
            writer.string("\"\\\n\u{0}é🎫")
        }
        let value = try JSONValue(parsing: writer.text)
        #expect(
            value["numbers"] == .array([Int64.min, -1, 0, 1, .max].map { .integer($0) }))
        #expect(value["empty"] == .object([]))
        #expect(value["plain"] == .string("ab"))
        #expect(value["raw"] == .array([.bool(true), .null]))
        #expect(value["text"] == .string("\"\\\n\u{0}é🎫"))
    }
}
