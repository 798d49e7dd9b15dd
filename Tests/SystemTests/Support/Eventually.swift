/// What went wrong in a system test, in words.
struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Looks again and again until `value` gives one, at most for `limit`.
///
/// For what can only be seen from outside a process.
func eventually<Value>(
    _ what: String, within limit: Duration, every step: Duration = .milliseconds(20),
    _ value: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await value() { return value }
        guard ContinuousClock.now < deadline else {
            throw TestFailure("within \(limit): not so that \(what)")
        }
        try await Task.sleep(for: step)
    }
}

/// The same for a condition.
func eventually(
    _ what: String, within limit: Duration, every step: Duration = .milliseconds(20),
    _ condition: () async throws -> Bool
) async throws {
    _ = try await eventually(what, within: limit, every: step) {
        try await condition() ? true : nil
    }
}
