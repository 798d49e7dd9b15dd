import BookingBroker
import BookingDomain
import JSON
import TextTables

extension BuriedLetter {
    /// The letters as a table.
    static func table(of letters: [BuriedLetter]) -> String {
        var table = TextTable([.right, .left, .left, .right, .left])
        table.add("place", "id", "queue", "bytes", "problem")
        for letter in letters {
            table.add(
                "\(letter.position)", letter.id, letter.queue?.printable ?? "?",
                "\(letter.body.count)", letter.problem.printable)
        }
        return table.text
    }

    /// Everything about the letter, its body last.
    var text: String {
        var table = TextTable([.left, .left])
        table.add("id", id)
        table.add("place", "\(position)")
        table.add("queue", queue?.printable ?? "?")
        table.add("event", event?.description ?? "?")
        table.add("type", type?.printable ?? "?")
        table.add("problem", problem.printable)
        table.add("bytes", "\(body.count)")
        return table.text + "\n" + String(decoding: body, as: UTF8.self).printable
    }

    /// The letter for machines, without its body.
    var json: JSONValue {
        .object([
            "place": .integer(Int64(position)),
            "id": .string(id),
            "queue": queue.map(JSONValue.string) ?? .null,
            "event": event.map { .string($0.description) } ?? .null,
            "type": type.map(JSONValue.string) ?? .null,
            "problem": .string(problem),
            "bytes": .integer(Int64(body.count)),
        ])
    }

    /// The same with its body, as text; what is not UTF-8 in it is replaced.
    var jsonWithBody: JSONValue {
        guard case .object(let members) = json else { return json }
        let body = JSONValue.string(String(decoding: body, as: UTF8.self))
        return .object(members + [JSONMember("body", body)])
    }
}

extension String {
    /// The text with whatever could steer a terminal written out; line breaks are kept.
    var printable: String {
        unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case _ where scalar == "\n": "\n"
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse:
                "\\u{\(String(scalar.value, radix: 16))}"
            default: String(scalar)
            }
        }.joined()
    }
}
