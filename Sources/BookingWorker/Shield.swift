/// Runs `body` to its end even when the waiting task is cancelled meanwhile.
///
/// For what must not be left half done: commit, publish, acknowledge; closing and releasing.
func shielded<Value: Sendable>(
    _ body: @escaping @concurrent @Sendable () async throws -> Value
) async throws -> Value {
    try await Task { try await body() }.value
}

/// Runs `body`, which cannot fail, to its end even when the waiting task is cancelled meanwhile.
func shielded(_ body: @escaping @concurrent @Sendable () async -> Void) async {
    await Task { await body() }.value
}

/// What `body` came to, so that something can be done before it is thrown on.
func outcome<Value>(
    of body: () async throws -> Value
) async -> Result<Value, any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
}
