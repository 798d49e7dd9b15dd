import BookingBroker
import BookingDomain
import BookingStore
import BookingTestSupport
import Postgres
import Testing

@testable import BookingWorker

/// Holds that lapse while a worker serves them, with RabbitMQ and PostgreSQL.
///
/// Nobody can hold for less than half a minute; so the tests move in the database when holds are due, and tell
/// the owner by a tick that finds nothing due, or by a takeover.
@Suite("Holds lapse", .timeLimit(.minutes(1)))
struct LapseTests {
    /// Within what time of its due time a hold expires while the line is short, by the database's clock.
    private static let latenessMax = Duration.seconds(1)
    /// Thousands at once, in a debug build that shares two cores with other tests: that others are still
    /// booked and nothing is lost is shown here; how late they are is measured with a release build.
    private static let latenessOfManyMax = Duration.seconds(3)

    @Test("By a tick, within a second of its time and not before; its tickets are sold again")
    func byTick() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [1])
            try await worker.noteLapses()
            let hold = try TestEvents.book(event, holding: true)
            try await worker.publisher.publish([hold], to: event)
            #expect(try await worker.outcomes(of: event, count: 1).map(\.status) == [.held])
            try await worker.moveDueTimes(after: .milliseconds(1500))
            try await worker.publisher.publish([.tick(event, at: TestEvents.now)], to: event)
            #expect(try await worker.outcomes(of: event, count: 2)[1].status == .expired)
            try await expectTimely(worker, count: 1)
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            #expect(try await worker.outcomes(of: event, count: 3)[2].status == .confirmed)
        }
    }

    @Test("By the next owner, when the one that held is gone")
    func afterTakeover() async throws {
        try await TestWorker.with(started: false) { worker in
            let event = try await worker.makeEvent(capacities: [10])
            try await worker.noteLapses()
            let first = Task { try await worker.service.run() }
            let holds = try (0..<10).map { _ in try TestEvents.book(event, holding: true) }
            try await worker.publisher.publish(holds, to: event)
            _ = try await worker.outcomes(of: event, count: 10)
            first.cancel()
            _ = await first.result
            try await worker.moveDueTimes(after: .milliseconds(1500))
            let next = TestWorker.makeService(worker.databases, worker.broker, name: "next")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await next.run() }
                _ = try await worker.outcomes(of: event, count: 20)
                group.cancelAll()
            }
            try await expectTimely(worker, count: 10)
        }
    }

    @Test("Ten thousand of one event in the same second, while others are booked")
    func many() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [10_000])
            let other = try await worker.makeEvent(capacities: [10_000])
            try await worker.noteLapses()
            for _ in 0..<50 {
                let holds = try (0..<200).map { _ in try TestEvents.book(event, holding: true) }
                try await worker.publisher.publish(holds, to: event)
            }
            _ = try await worker.outcomes(of: event, count: 10_000)
            try await worker.moveDueTimes(after: .seconds(2), over: .seconds(1))
            try await worker.publisher.publish([.tick(event, at: TestEvents.now)], to: event)
            while try await worker.lapses().count < 10_000 {
                let commands = try (0..<20).map { _ in try TestEvents.book(other) }
                try await worker.publisher.publish(commands, to: other)
            }
            try await expectTimely(worker, count: 10_000, within: Self.latenessOfManyMax)
            let rows = try await worker.events.events([event])
            #expect(rows.first?.ticketTypes[0].stock == Stock(capacity: 10_000))
        }
    }

    private func expectTimely(
        _ worker: TestWorker, count: Int, within latenessMax: Duration = latenessMax
    ) async throws {
        let lapses = try await worker.lapses()
        #expect(lapses.count == count)
        #expect(lapses.earliest >= .zero)
        #expect(lapses.percentile99 <= latenessMax, "\(lapses)")
    }
}

/// How long after their due times holds expired.
struct Lapses: Sendable {
    let count: Int
    let earliest: Duration
    let percentile99: Duration
    let latest: Duration
}

extension TestWorker {
    /// Lets the first shard's database note when holds expire, by its own clock.
    fileprivate func noteLapses() async throws {
        try await run(
            """
            CREATE TABLE lapse (late double precision);
            CREATE FUNCTION note_lapse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO lapse VALUES (extract(epoch FROM clock_timestamp() - OLD.expires_at));
                RETURN NULL;
            END $$;
            CREATE TRIGGER note_lapse AFTER UPDATE ON booking FOR EACH ROW
            WHEN (OLD.status = 'held' AND NEW.status = 'expired') EXECUTE FUNCTION note_lapse();
            """)
    }

    /// Moves when all holds are due: from so long after now on, spread evenly over a time.
    fileprivate func moveDueTimes(
        after wait: Duration, over spread: Duration = .zero
    ) async throws {
        try await run(
            """
            UPDATE booking SET expires_at = clock_timestamp()
                + interval '1 second' * (\(wait.seconds) + \(spread.seconds) * random())
            WHERE status = 'held';
            """)
    }

    fileprivate func lapses() async throws -> Lapses {
        try await databases.shards[0].execute(SelectLapses()).first.orThrow()
    }

    private func run(_ script: String) async throws {
        try await databases.shards[0].withConnection { try await $0.run(script: script) }
    }
}

extension Duration {
    fileprivate var seconds: Double { self / .seconds(1) }
}

private struct SelectLapses: PostgresStatement {
    static let sql = """
        SELECT count(*), coalesce(min(late), 0),
            coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY late), 0), coalesce(max(late), 0)
        FROM lapse
        """

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Lapses {
        Lapses(
            count: Int(try row.next(Int64.self)), earliest: .seconds(try row.next(Double.self)),
            percentile99: .seconds(try row.next(Double.self)),
            latest: .seconds(try row.next(Double.self)))
    }
}
