/// What went wrong, in one type for the whole module.
///
/// Safe to print: it carries no password and no message body. The broker's own words are kept
/// (`replyCode` and the text in `message`), since they name the exchange or queue at fault.
public struct AMQPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure, a closed list.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The configuration cannot be used.
        case invalidConfiguration
        /// The call cannot be carried out as it was asked: a name too long, confirms not enabled.
        case invalidRequest
        /// No address could be connected to.
        case connectFailed
        /// The broker refused the credentials.
        case authenticationFailed
        /// The connection is over; `replyCode` is set when the broker said why.
        case connectionClosed
        /// The channel is over, the connection lives; `replyCode` is set when the broker said why.
        case channelClosed
        /// No answer in time.
        case timeout
        /// Not connected, or the broker blocks publishing by a resource alarm.
        case unavailable
        /// A limit of this client is reached; try again when something has been answered.
        case overloaded
        /// The waiting task was cancelled.
        case cancelled
        /// The peer sent what the protocol does not allow.
        case protocolViolation
    }

    /// The kind of failure.
    public let code: Code

    /// The broker's reply code (such as 404 or 406), when the broker spoke.
    public let replyCode: UInt16?

    /// What happened, in words.
    public let message: String

    /// Whether nothing of the request reached the broker, so that sending it again cannot double it.
    ///
    /// A publish whose confirm is unknown (the connection ended, or the time ran out) is *not*
    /// safe: the broker may have it. Never count such a message as unsent.
    public let isSafeToRetry: Bool

    /// An error of the given kind.
    public init(
        _ code: Code, _ message: String, replyCode: UInt16? = nil, isSafeToRetry: Bool = false
    ) {
        self.code = code
        self.message = message
        self.replyCode = replyCode
        self.isSafeToRetry = isSafeToRetry
    }

    /// The kind, the broker's code and the words, on one line.
    public var description: String {
        let reply = replyCode.map { " (\($0))" } ?? ""
        return "\(code.rawValue)\(reply): \(message)"
    }
}

extension AMQPError {
    /// The same failure for a request of which nothing was sent.
    var withNothingSent: AMQPError {
        AMQPError(code, message, replyCode: replyCode, isSafeToRetry: true)
    }

    static func invalidRequest(_ message: String) -> AMQPError {
        AMQPError(.invalidRequest, message, isSafeToRetry: true)
    }

    static func overloaded(_ message: String) -> AMQPError {
        AMQPError(.overloaded, message, isSafeToRetry: true)
    }

    static func unavailable(_ message: String) -> AMQPError {
        AMQPError(.unavailable, message, isSafeToRetry: true)
    }

    static let blocked = unavailable("The broker blocks publishing by a resource alarm.")

    static let cancelled = AMQPError(.cancelled, "The waiting task was cancelled.")

    static let channelClosedByUs = AMQPError(
        .channelClosed, "The channel was closed by this client.", isSafeToRetry: true)

    static let connectionClosedByUs = AMQPError(
        .connectionClosed, "The connection was closed by this client.")
}
