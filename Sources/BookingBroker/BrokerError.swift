import AMQP

/// Why the broker did not take a message, in the words of its callers; safe to print.
package struct BrokerError: Error, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Not connected, or the broker takes nothing because it is short of memory or disk.
        case unavailable
        /// The broker takes nothing for now, because it is short of memory or disk; said by an
        /// ``OwnerPublisher``, where the others say `unavailable`.
        case blocked
        /// Too many messages wait for the broker's confirm.
        case overloaded
        /// No answer in time, or the connection was lost: the message may have been taken.
        case unknown
        /// The broker refused the message: the queue is full, or has no leader.
        case refused
        /// No queue is bound for it.
        case unroutable
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the message was certainly not taken.
    package var isSafeToRetry: Bool { code != .unknown }

    /// Whether further attempts may do better: for the queue can be made, or get its leader.
    package var isWorthInsisting: Bool { code == .unroutable || code == .refused }

    package var description: String { "\(code.rawValue): \(message)" }
}

extension BrokerError {
    init(_ error: AMQPError) {
        let code: Code =
            switch error.code {
            case .unavailable: .unavailable
            case .overloaded: .overloaded
            default: error.isSafeToRetry ? .unavailable : .unknown
            }
        self.init(code, error.description)
    }
}
