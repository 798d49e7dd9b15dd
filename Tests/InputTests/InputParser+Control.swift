import JSON

extension InputParser {
    /// A parser with a mistake, to show that mistakes are found: it multiplies before it checks.
    static func control(
        _ nanoseconds: @escaping @Sendable (_ seconds: Int64) throws -> Int64
    ) -> InputParser {
        InputParser("control", [#"{"title":"T","seconds":1000000000}"#]) { bytes in
            guard let value = try? JSONValue(parsing: bytes),
                let seconds = value["seconds"]?.integer
            else { return false }
            return (0...3_600_000_000_000).contains(try nanoseconds(seconds))
        }
    }
}
