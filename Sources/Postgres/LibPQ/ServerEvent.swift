/// What libpq hands out next while results are awaited.
enum ServerEvent: Sendable {
    /// A statement was executed, or prepared (then without columns).
    case result(ResultTable)
    /// A statement failed.
    case failure(ServerFailure)
    /// A statement was skipped, because one before it failed.
    case skipped
    /// There are no more results of this statement.
    case endOfStatement
    /// The server has finished everything up to the synchronization point.
    case synchronized
    /// The statement wants to copy data, which this client does not do.
    case copyRequested
}
