import BookingDomain
import JSON
import Testing

@testable import BookingStore
@testable import boxoffice

@Suite("The report of shards and workers")
struct ShardsReportTests {
    private static let second: Int64 = 1_000_000

    /// What a database may have said `seconds` after some beginning.
    private func status(
        _ shard: Int, at seconds: Int64, _ change: (inout ShardStatus) -> Void = { _ in }
    ) throws -> ShardStatus {
        func instant(_ seconds: Int64) -> Instant {
            Instant(microsecondsSinceEpoch: (1_700_000_000 + seconds) * Self.second)
        }
        var status = ShardStatus(
            shard: try #require(ShardNumber(shard)), owner: "host-1", epoch: 3, hasRunOut: false,
            claimedAt: instant(-3600), takeovers: 0, recentCrashes: 0,
            commands: 1000 + 250 * seconds, messages: 10, decidedAt: instant(seconds - 1),
            longestWait: .milliseconds(12), pausedAt: nil, readAt: instant(seconds))
        change(&status)
        return status
    }

    private func reading(at seconds: Int64) throws -> ShardsReading {
        let events = try [0, 1].map { shard in
            EventID(
                shard: try #require(ShardNumber(shard)), now: Instant(microsecondsSinceEpoch: 0),
                random: 1)
        }
        return ShardsReading(
            shards: [
                .success(
                    ShardsReading.Shard(
                        status: try status(0, at: seconds),
                        lines: [EventLineStatus(event: events[0], isPaused: true)])),
                .failure(CommandFailure("it does not answer")),
                .success(
                    ShardsReading.Shard(
                        status: try status(2, at: seconds) {
                            $0.owner = nil
                            $0.epoch = 0
                            $0.claimedAt = nil
                            $0.decidedAt = nil
                            $0.commands = 0
                            $0.takeovers = 7
                            $0.recentCrashes = 2
                        }, lines: [])),
            ],
            workers: .success([
                WorkerStatus(
                    standing: WorkerStanding(
                        name: "host-1", shards: [try #require(ShardNumber(0))], isAble: true),
                    startedAt: Instant(microsecondsSinceEpoch: 0),
                    seenAt: Instant(microsecondsSinceEpoch: 0),
                    readAt: Instant(microsecondsSinceEpoch: Self.second / 4)),
                WorkerStatus(
                    standing: WorkerStanding(name: "host-2", shards: [], isAble: true),
                    startedAt: Instant(microsecondsSinceEpoch: 0),
                    seenAt: Instant(microsecondsSinceEpoch: 0),
                    readAt: Instant(microsecondsSinceEpoch: 12 * Self.second)),
            ]),
            backlog: .success([events[0]: 40, events[1]: 2]))
    }

    @Test("Tables for people: what does not answer is unknown, and the rest is told")
    func text() throws {
        let report = ShardsReport(try reading(at: 2), since: try reading(at: 0))
        #expect(report.isIncomplete)
        // Columns as wide as their widest cell, so that the text is compared word by word.
        let lines = report.text.split(separator: "\n").map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        #expect(
            lines == [
                "shard state owner epoch backlog rate waited decided takeovers claimed",
                "0 served, 1 event paused host-1 3 40 250/s 1.0 s 1.0 s ago 0 60 min ago",
                "1 unknown",
                "2 free - 0 0 0/s - - 7 (2 in the last minute) -",
                "worker shards state seen",
                "host-1 0 able 250 ms ago",
                "host-2 - silent 12 s ago",
                "! shard 1: it does not answer",
            ])
    }

    @Test("JSON for machines: what is not known is null")
    func json() throws {
        let report = ShardsReport(try reading(at: 2), since: try reading(at: 0))
        let shards = try #require(report.json["shards"]?.array)
        #expect(shards[0]["owner"] == .string("host-1"))
        #expect(shards[0]["backlog"] == .integer(40))
        #expect(shards[0]["commandsPerSecond"] == .number(250))
        #expect(shards[0]["pausedEvents"] == .integer(1))
        #expect(shards[1] == .object(["shard": .integer(1), "state": .string("unknown")]))
        #expect(shards[2]["owner"] == .null)
        #expect(shards[2]["decidedSecondsAgo"] == .null)
        #expect(shards[2]["waitedSeconds"] == .null)
        #expect(
            report.json["workers"]?.array?.map { $0["isAlive"] } == [.bool(true), .bool(false)])
        #expect(report.json["problems"] == .array([.string("shard 1: it does not answer")]))
    }

    @Test(
        "What waits has waited as long as the last batch is ago, or longer",
        arguments: [
            (Int?.some(0), 12, Duration.milliseconds(12)), (Int?.none, 12, .milliseconds(12)),
            (Int?.some(40), 12, .seconds(1)), (Int?.some(40), 3000, .seconds(3)),
        ])
    func oldest(backlog: Int?, lastMilliseconds: Int, oldest: Duration) throws {
        let standing = ShardsReport.Standing(
            status: try status(0, at: 2) { $0.longestWait = .milliseconds(lastMilliseconds) },
            backlog: backlog, rate: nil, pausedEvents: 0)
        #expect(standing.oldestWait == oldest)
    }

    @Test("Without the brokers' figures the backlog is unknown, and not zero")
    func unknownBacklog() throws {
        var later = try reading(at: 2)
        later.backlog = .failure(CommandFailure("no metrics"))
        let report = ShardsReport(later, since: try reading(at: 0))
        #expect(report.json["shards"]?.array?.first?["backlog"] == .null)
        #expect(report.problems.contains("backlog: no metrics"))
    }

    @Test(
        "Times have one unit and few digits",
        arguments: [
            (Duration.milliseconds(12), "12 ms"), (.milliseconds(3449), "3.4 s"),
            (.seconds(12), "12 s"), (.seconds(119), "119 s"), (.seconds(120), "2 min"),
            (.seconds(7200), "2 h"), (.seconds(172_800), "2 d"),
        ])
    func durations(duration: Duration, text: String) {
        #expect(duration.brief == text)
    }
}
