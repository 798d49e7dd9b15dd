/// Returns when the task is cancelled.
func untilCancelled() async {
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    for await _ in stream {}
    continuation.finish()
}

/// Runs `work`, and cancels it when it takes longer than `limit`; then the result is `nil`.
///
/// Returns only once `work` has returned, so `work` must heed cancellation.
func within<Value: Sendable>(
    _ limit: Duration, _ work: @escaping @concurrent @Sendable () async throws -> Value
) async throws -> Value? {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
    }
}
