/// Reads libpq's message about a connection, which is text alone, several lines of it.
///
/// A server's refusal looks like this:
/// ```text
/// connection to server at "::1", port 5432 failed: FATAL:  3D000: database "a" does not exist
/// LOCATION:  InitPostgres, postinit.c:1004
/// ```
enum ConnectionMessage {
    private static let skippedLines = ["LOCATION:", "DETAIL:", "HINT:", "CONTEXT:", "QUERY:"]

    static func parse(_ text: String) -> ServerFailure {
        let lines = text.split(separator: "\n")
            .map { line in line.drop { $0 == " " || $0 == "\t" } }
            .filter { line in !skippedLines.contains { line.hasPrefix($0) } }
        let message = lines.joined(separator: "; ")
        let state = lines.reversed().lazy.compactMap(sqlState).first
        return ServerFailure(
            sqlState: state, message: message.isEmpty ? "the connection broke" : message)
    }

    /// Finds the five characters between two colons.
    private static func sqlState(in line: Substring) -> SQLState? {
        line.split(separator: ":").lazy
            .map { part in part.drop { $0 == " " } }
            .first { part in
                part.utf8.count == 5
                    && part.utf8.allSatisfy { byte in
                        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    }
                    && part.utf8.contains { $0 < UInt8(ascii: "A") }
            }
            .map { SQLState(rawValue: String($0)) }
    }
}
