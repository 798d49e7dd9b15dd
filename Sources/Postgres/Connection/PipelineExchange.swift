/// One pipeline from its first message to the server's answer to its synchronization point.
///
/// A value without I/O: it is told what libpq hands out and says when the exchange is over. In
/// pipeline mode the server skips everything after an error up to that point, where it undoes the
/// whole; the first error is the one to report.
struct PipelineExchange: Exchange {
    /// One message, or a few that have one result together.
    enum Step: Hashable, Sendable {
        case deallocate(name: String)
        case prepare(name: String, statement: Int)
        case execute(name: String, statement: Int)
        case once(statement: Int)

        var statement: Int? {
            switch self {
            case .deallocate: nil
            case .prepare(_, let statement), .execute(_, let statement), .once(let statement):
                statement
            }
        }
    }

    private let steps: [Step]
    private var position = 0
    /// The steps that succeeded.
    private(set) var completed: [Step] = []
    /// The results of the executed statements.
    private(set) var tables: [ResultTable] = []
    private(set) var failure: ServerFailure?
    /// The statement that failed; nil if it was none of them, but the commit at the end.
    private(set) var failedStatement: Int?

    init(steps: [Step]) {
        self.steps = steps
    }

    mutating func receive(_ event: ServerEvent) -> ExchangeAction {
        switch event {
        case .result(let table):
            guard position < steps.count else { return .abandon }
            completed.append(steps[position])
            switch steps[position] {
            case .execute, .once: tables.append(table)
            case .prepare, .deallocate: break
            }
            return .wait
        case .failure(let failure):
            if self.failure == nil {
                self.failure = failure
                failedStatement = position < steps.count ? steps[position].statement : nil
            }
            return failure.endsSession ? .abandon : .wait
        case .skipped:
            return .wait
        case .endOfStatement:
            // An error of the commit at the synchronization point ends like a statement, too.
            position = min(position + 1, steps.count)
            return .wait
        case .synchronized:
            return .finish
        case .copyRequested:
            failedStatement = position < steps.count ? steps[position].statement : nil
            return .refuseCopy
        }
    }
}
