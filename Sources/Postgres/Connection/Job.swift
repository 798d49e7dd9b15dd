/// Something to be done on a connection, and whom to tell how it went.
struct Job: Sendable {
    typealias Outcome = Result<[ResultTable], PostgresError>

    enum Work: Sendable {
        case pipeline([BoundStatement])
        case begin(TransactionToken)
        case commit
        case rollback
        case script(String)
        case listen(Subscription)
        case unlisten(Subscription)
    }

    let work: Work
    /// The transaction it belongs to; nil if it belongs to none.
    let transaction: TransactionToken?
    let deadline: ContinuousClock.Instant
    let complete: @Sendable (Outcome) -> Void
}

/// Tells the transactions of a connection apart.
struct TransactionToken: Hashable, Sendable {
    let number: UInt64
}

/// One reader of one channel.
struct Subscription: Sendable {
    let id: UInt64
    let channel: String
    let continuation: AsyncStream<PostgresNotification>.Continuation
}
