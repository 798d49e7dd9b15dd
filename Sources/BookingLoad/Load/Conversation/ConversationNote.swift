import NIOCore

/// Something that happened in a conversation and is to be counted.
enum ConversationNote: Hashable, Sendable {
    /// A booking that was due then is in the line.
    case accepted(dueAt: NIODeadline)
    case decided(LoadOutcome, dueAt: NIODeadline)
    /// An event was read.
    case read(dueAt: NIODeadline)
    case refused(Refusal, saysWhen: Bool, dueAt: NIODeadline)
    case failed(LoadFault)
    /// An accepted booking will get no outcome.
    case lost(LossCause)
}

/// What went wrong with a connection or an exchange.
enum LoadFault: Hashable, Sendable {
    /// The connection could not be made; the reason as the system gives it.
    case unconnected(String)
    /// The connection ended before the answer did.
    case closed
    /// No answer in time.
    case timedOut
    /// The answer is not HTTP.
    case malformed
    /// The answer has no booking in it where there must be one.
    case unreadable(status: Int)
    /// The answer is none that a client counts on.
    case unexpected(Refusal)

    /// What it is called in a report.
    var words: String {
        switch self {
        case .unconnected(let reason): "not connected: \(reason)"
        case .closed: "closed before the answer"
        case .timedOut: "no answer in time"
        case .malformed: "not HTTP"
        case .unreadable(let status): "\(status) without a booking"
        case .unexpected(let answer): "\(answer.status) \(answer.slug)"
        }
    }
}

/// Why an accepted booking counts as lost.
enum LossCause: String, Hashable, Sendable {
    /// The API says there is no such booking.
    case unknown = "not found"
    /// It was still pending when the patience was at its end.
    case undecided = "no outcome in time"
}
