import AMQP
import BookingDomain
import BookingKeys

/// How a message with commands carries its code: in a header, which older versions pass over.
enum CommandCode {
    fileprivate static let header = "x-boxoffice-mac"

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

extension AMQPPublishing {
    /// A message for an event's queue, with its code if there is an authenticator and a type.
    init(
        _ body: [UInt8], type: String?, id: String? = nil, to event: EventID,
        codedBy authenticator: CommandAuthenticator?
    ) {
        var headers: AMQPTable = [:]
        if let authenticator, let type {
            headers = [
                CommandCode.header: .bytes(
                    authenticator.code(type: type, event: event, body: body))
            ]
        }
        self.init(
            body: body, contentType: "application/json", type: type, messageID: id,
            isPersistent: true, headers: headers)
    }
}
