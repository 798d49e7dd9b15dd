import AMQP
import BookingDomain
import BookingKeys

/// How a message with commands carries its code: in a header, which older versions pass over.
enum CommandCode {
    private static let header = "x-boxoffice-mac"

    /// The headers of a message; none without an authenticator.
    static func headers(
        _ authenticator: CommandAuthenticator?, type: String, event: EventID, body: [UInt8]
    ) -> AMQPTable {
        guard let authenticator else { return [:] }
        return [header: .bytes(authenticator.code(type: type, event: event, body: body))]
    }

    /// The code that a message came with; `nil` without one.
    ///
    /// One that is no bytes is a wrong one, and so is none of ours.
    static func code(in headers: AMQPTable) -> [UInt8]? {
        guard !headers.isEmpty, let value = headers[header] else { return nil }
        return switch value {
        case .bytes(let bytes): bytes
        case .string(let text): Array(text.utf8)
        case .bool, .int, .double, .decimal, .timestamp, .table, .array, .void: []
        }
    }
}
