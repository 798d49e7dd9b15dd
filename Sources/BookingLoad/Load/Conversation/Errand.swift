import NIOCore

/// A request and what follows from it, until its answer or its outcome.
struct Errand: Hashable, Sendable {
    enum Stage: Hashable, Sendable {
        /// The request itself is to be answered.
        case asking
        /// It was accepted under this id and has no outcome yet.
        case following(id: String)
    }

    let request: LoadRequest
    /// When it should have been sent: what its latency is counted from.
    let dueAt: NIODeadline
    /// When its latest message was sent.
    var sentAt: NIODeadline
    var stage = Stage.asking

    init(_ request: LoadRequest, dueAt: NIODeadline, sentAt: NIODeadline) {
        self.request = request
        self.dueAt = dueAt
        self.sentAt = sentAt
    }

    /// Whether it was accepted, so that it must get an outcome.
    var isAccepted: Bool {
        switch stage {
        case .asking: false
        case .following: true
        }
    }
}
