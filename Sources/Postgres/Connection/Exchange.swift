/// One conversation with the server, as a value that is told what libpq hands out.
protocol Exchange {
    /// The first error the server reported.
    var failure: ServerFailure? { get }

    /// The statement it is about.
    var failedStatement: Int? { get }

    mutating func receive(_ event: ServerEvent) -> ExchangeAction
}

/// What to do after an event.
enum ExchangeAction: Hashable {
    /// Wait for the next one.
    case wait
    /// The server has answered everything, and is ready.
    case finish
    /// The session is over, or nobody understands it any more.
    case abandon
    /// The server wants data copied, and would wait for it for ever.
    case refuseCopy
}

/// A script: many statements as one text, answered one after the other until nothing more comes.
struct ScriptExchange: Exchange {
    private(set) var failure: ServerFailure?

    /// A script is not a list of statements to this client.
    var failedStatement: Int? { nil }

    mutating func receive(_ event: ServerEvent) -> ExchangeAction {
        switch event {
        case .result, .skipped:
            return .wait
        case .failure(let failure):
            if self.failure == nil { self.failure = failure }
            return failure.endsSession ? .abandon : .wait
        case .endOfStatement, .synchronized:
            return .finish
        case .copyRequested:
            return .refuseCopy
        }
    }
}
