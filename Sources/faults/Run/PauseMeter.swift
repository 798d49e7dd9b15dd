import BookingHistory
import Foundation

/// Finds out how long the outcomes of a shard kept still, from the commits as they were written down.
struct PauseMeter: Sendable {
    let databases: RunDatabases
    /// The wall clock at the beginning of the run.
    let startedAt: Date

    /// For each fault the longest time between two commits of a shard that ended between its begin
    /// and that of the next, over all shards; `end` closes the last.
    func injuries(_ faults: [FaultRecord], until end: Int64) async throws -> [RunResult.Injury] {
        let faults = faults.sorted { $0.start < $1.start }
        guard !faults.isEmpty else { return [] }
        let ends = faults.dropFirst().map(\.start) + [max(end, faults[faults.count - 1].end)]
        let windows = zip(faults, ends).enumerated().map { place, window in
            "(\(place), \(time(window.0.start)), \(time(window.1)))"
        }
        var longest = [Int](repeating: 0, count: faults.count)
        for row in try await databases.rows(Self.query(windows)) {
            let columns = row.split(separator: "|").compactMap { Int($0) }
            guard columns.count == 2 else { continue }
            longest[columns[0]] = max(longest[columns[0]], columns[1])
        }
        return zip(faults, longest).map { .init(fault: $0, pauseMilliseconds: $1) }
    }

    private func time(_ microseconds: Int64) -> String {
        let seconds = startedAt.timeIntervalSince1970 + Double(microseconds) / 1_000_000
        return String(format: "to_timestamp(%.6f)", seconds)
    }

    private static func query(_ windows: [String]) -> String {
        """
        WITH fault (place, begin, finish) AS (VALUES \(windows.joined(separator: ", "))),
             pause AS (
                SELECT committed_at,
                       committed_at - lag(committed_at) OVER (ORDER BY committed_at) AS length
                  FROM audit_commit)
        SELECT place, ceil(extract(epoch FROM max(length)) * 1000)::integer
          FROM fault JOIN pause ON committed_at >= begin AND committed_at < finish
         GROUP BY place
        """
    }
}
