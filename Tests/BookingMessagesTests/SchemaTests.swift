import BookingDomain
import BookingMessages
import Foundation
import Testing

/// The schemas of messages refuse what their readers refuse: whoever writes messages can rely on them.
///
/// But for what a schema cannot say: that numbers stand in an order, or fit each other. Where readers are
/// milder (a later version's words, capital letters in ids) the schemas say what is written today.
@Suite struct SchemaTests {
    /// A message, its schema, and whether its reader takes it.
    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        let isRead: @Sendable ([UInt8]) -> Bool
        var testDescription: String { name }
    }

    private static let event = EventID("019a9f2c-0000-7002-8000-00000000002a")

    private static let kinds = [
        Kind(name: "commands.v1") { bytes in
            guard let event,
                let received = try? ReceivedCommands(
                    body: bytes, type: CommandMessage.type, queueOf: event)
            else { return false }
            return received.entries.allSatisfy {
                if case .command = $0 { true } else { false }
            }
        },
        Kind(name: "outcomes.v1") { bytes in
            let message = try? OutcomeMessage(body: bytes, type: OutcomeMessage.type)
            return message?.unknown.isEmpty ?? false
        },
    ]

    /// What is put in the place of each value of an example, in turn.
    private static let values: [String] = [
        "null", "true", #""""#, #""x""#, #""pending""#, #""00000000-0000-8002-8000-00000000000""#,
        "\"\(String(repeating: "é", count: 40))\"", "\"\(String(repeating: "a", count: 65))\"",
        "-1",
        "0", "1.5", "51", "101", "4096", "10000001", "9000000000000000", "9000000000000001",
        "1e300",
        "-1e300", "[]", "{}", "[null]", "[7]", "[{}]",
        "[\(Array(repeating: "{}", count: 101).joined(separator: ","))]",
    ]

    @Test("What a reader refuses, the schema refuses", arguments: kinds)
    func agree(_ kind: Kind) throws {
        let schema = try MessageSchema(kind.name)
        let example = try JSONSerialization.jsonObject(with: Data(try Example(kind.name).bytes))
        try #require(try schema.allows(Self.text(example)))
        try #require(kind.isRead(Array(try Self.text(example).utf8)))
        var refusals = 0
        var disagreements: [String] = []
        func look(_ changed: Any, _ change: String) throws {
            let text = try Self.text(changed)
            let isRead = kind.isRead(Array(text.utf8))
            if !isRead { refusals += 1 }
            if !isRead, try schema.allows(text) { disagreements.append(change) }
        }
        for path in Self.paths(in: example) where !path.isEmpty {
            for value in Self.values {
                let wanted = try JSONSerialization.jsonObject(
                    with: Data(value.utf8), options: .fragmentsAllowed)
                let change = "\(path.joined(separator: "/")) = \(value.prefix(40))"
                try look(Self.put(wanted, at: path[...], in: example), change)
            }
            try look(Self.put(nil, at: path[...], in: example), "no \(path.joined(separator: "/"))")
        }
        #expect(disagreements.filter { !Self.fitsEachOther($0) } == [])
        #expect(refusals > 300)
    }

    /// Whether it takes a look at other numbers to see that a change is wrong: there are more left than
    /// there were, say, or ticket types stand in another order.
    private static func fitsEachOther(_ change: String) -> Bool {
        change.contains(/\/(available|capacity|number) = [0-9]{1,7}$/)
    }

    private static func text(_ value: Any) throws -> String {
        String(
            decoding: try JSONSerialization.data(withJSONObject: value, options: .sortedKeys),
            as: UTF8.self)
    }

    /// The ways to every value, from the outside in.
    private static func paths(in value: Any) -> [[String]] {
        var paths: [[String]] = [[]]
        if let object = value as? [String: Any] {
            for (name, member) in object { paths += Self.paths(in: member).map { [name] + $0 } }
        } else if let array = value as? [Any] {
            for (index, element) in array.enumerated() {
                paths += Self.paths(in: element).map { ["\(index)"] + $0 }
            }
        }
        return paths
    }

    /// The value with another one at a place, or with none there.
    private static func put(_ new: Any?, at path: ArraySlice<String>, in value: Any) -> Any {
        guard let first = path.first else { return new ?? value }
        let isLast = path.count == 1
        if var object = value as? [String: Any] {
            object[first] =
                isLast ? new : object[first].map { put(new, at: path.dropFirst(), in: $0) }
            return object
        }
        guard var array = value as? [Any], let index = Int(first), array.indices.contains(index)
        else { return value }
        if isLast, new == nil {
            array.remove(at: index)
        } else {
            array[index] = put(new, at: path.dropFirst(), in: array[index])
        }
        return array
    }
}
