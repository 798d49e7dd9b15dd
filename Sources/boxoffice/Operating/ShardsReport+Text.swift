import BookingDomain
import BookingStore
import JSON
import TextTables

extension ShardsReport {
    /// The report as tables.
    var text: String {
        var sections = [shardsTable, workersTable].compactMap(\.self)
        if isIncomplete {
            sections.append(problems.map { "  ! \($0)\n" }.joined())
        }
        return sections.joined(separator: "\n")
    }

    private var shardsTable: String {
        var table = TextTable([
            .right, .left, .left, .right, .right, .right, .right, .right, .left, .right,
        ])
        table.add(
            "shard", "state", "owner", "epoch", "backlog", "rate", "waited", "decided",
            "takeovers", "claimed")
        for row in rows {
            switch row.standing {
            case .success(let standing):
                let status = standing.status
                table.add(
                    "\(row.shard)", standing.state, status.owner ?? "-", "\(status.epoch)",
                    standing.backlog.map(String.init) ?? "?",
                    standing.rate.map { "\(Int(clamping: $0.rounded()))/s" } ?? "?",
                    standing.oldestWait?.brief ?? "-", standing.age(of: status.decidedAt).ago,
                    standing.takeovers, standing.age(of: status.claimedAt).ago)
            case .failure:
                table.add("\(row.shard)", "unknown")
            }
        }
        return table.text
    }

    private var workersTable: String? {
        guard case .success(let workers) = workers else { return nil }
        guard !workers.isEmpty else { return "  No worker lives.\n" }
        var table = TextTable([.left, .left, .left, .right])
        table.add("worker", "shards", "state", "seen")
        for worker in workers {
            let shards = worker.standing.shards.map(\.description).joined(separator: ", ")
            table.add(
                worker.standing.name, shards.isEmpty ? "-" : shards, worker.state,
                Optional(worker.silence).ago)
        }
        return table.text
    }
}

extension ShardsReport.Standing {
    fileprivate var state: String {
        switch pausedEvents {
        case 0: status.state.rawValue
        case 1: "\(status.state.rawValue), 1 event paused"
        default: "\(status.state.rawValue), \(pausedEvents) events paused"
        }
    }

    fileprivate var takeovers: String {
        status.recentCrashes == 0
            ? "\(status.takeovers)"
            : "\(status.takeovers) (\(status.recentCrashes) in the last minute)"
    }
}

extension WorkerStatus {
    fileprivate var state: String {
        if !isAlive { return "silent" }
        return standing.isAble ? "able" : "not able"
    }
}

extension Duration {
    /// In one unit, with no more digits than anybody reads: `12 ms`, `3.4 s`, `17 min`.
    var brief: String {
        let seconds = self / .seconds(1)
        return switch seconds {
        case ..<1: "\(Int(clamping: (seconds * 1000).rounded())) ms"
        case ..<10: "\((seconds * 10).rounded() / 10) s"
        case ..<120: "\(Int(seconds)) s"
        case ..<7200: "\(Int(seconds / 60)) min"
        case ..<172_800: "\(Int(seconds / 3600)) h"
        default: "\(Int(seconds / 86_400)) d"
        }
    }
}

extension Duration? {
    /// `3.4 s ago`, or a dash when it never was.
    fileprivate var ago: String { map { "\($0.brief) ago" } ?? "-" }
}

extension ShardsReport {
    /// The report for machines; times are in seconds, and what is not known is null.
    var json: JSONValue {
        .object([
            "shards": .array(rows.map(\.json)),
            "workers": (try? workers.get()).map { .array($0.map(\.json)) } ?? .null,
            "problems": .array(problems.map(JSONValue.string)),
        ])
    }
}

extension ShardsReport.Row {
    fileprivate var json: JSONValue {
        let number = JSONValue.integer(Int64(shard))
        guard case .success(let standing) = standing else {
            return .object(["shard": number, "state": .string("unknown")])
        }
        let status = standing.status
        return .object([
            "shard": number,
            "state": .string(status.state.rawValue),
            "owner": status.owner.map(JSONValue.string) ?? .null,
            "epoch": .integer(status.epoch),
            "backlog": standing.backlog.map { .integer(Int64($0)) } ?? .null,
            "commandsPerSecond": standing.rate.map(JSONValue.number) ?? .null,
            "commands": .integer(status.commands),
            "messages": .integer(status.messages),
            "waitedSeconds": .seconds(standing.oldestWait),
            "decidedSecondsAgo": .seconds(standing.age(of: status.decidedAt)),
            "takeovers": .integer(status.takeovers),
            "recentCrashes": .integer(Int64(status.recentCrashes)),
            "claimedSecondsAgo": .seconds(standing.age(of: status.claimedAt)),
            "pausedSecondsAgo": .seconds(standing.age(of: status.pausedAt)),
            "pausedEvents": .integer(Int64(standing.pausedEvents)),
        ])
    }
}

extension WorkerStatus {
    fileprivate var json: JSONValue {
        .object([
            "name": .string(standing.name),
            "shards": .array(standing.shards.map { .integer(Int64($0.rawValue)) }),
            "isAlive": .bool(isAlive),
            "isAble": .bool(standing.isAble),
            "seenSecondsAgo": .number(silence / .seconds(1)),
        ])
    }
}

extension JSONValue {
    fileprivate static func seconds(_ duration: Duration?) -> JSONValue {
        duration.map { .number($0 / .seconds(1)) } ?? .null
    }
}
