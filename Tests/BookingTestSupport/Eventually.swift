/// How long tests wait for what no signal tells of.
private let waitMax = Duration.seconds(20)

/// Waits until `condition` holds; throws what was awaited, and where, when it does not come about.
///
/// For what no signal tells of. A test that fails here ends, where a loop without an end would keep it waiting.
package func eventually(
    _ what: String = "the condition holds", file: StaticString = #fileID, line: UInt = #line,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + waitMax
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw NeverHappened(what: what, place: "\(file):\(line)")
        }
        try await Task.sleep(for: .milliseconds(1))
    }
}

/// What was awaited did not come about.
private struct NeverHappened: Error, CustomStringConvertible {
    let what: String
    let place: String

    var description: String { "not within \(waitMax): \(what) (\(place))" }
}
