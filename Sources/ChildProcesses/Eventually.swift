/// Looks again and again until `value` gives one, at most for `limit`.
///
/// For what can only be seen from outside a process.
package func eventually<Value>(
    _ what: String, within limit: Duration, every step: Duration = .milliseconds(20),
    _ value: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await value() { return value }
        guard ContinuousClock.now < deadline else {
            throw ProcessFailure("within \(limit): not so that \(what)")
        }
        try await Task.sleep(for: step)
    }
}

/// The same for a condition.
package func eventually(
    _ what: String, within limit: Duration, every step: Duration = .milliseconds(20),
    _ condition: () async throws -> Bool
) async throws {
    _ = try await eventually(what, within: limit, every: step) {
        try await condition() ? true : nil
    }
}
