import AMQP
import BookingDomain
import BookingMessages
import BookingStore
import BookingTestSupport
import Postgres
import Testing

@testable import BookingBroker
@testable import BookingWorker

@Suite("An owner and its lease", .timeLimit(.minutes(2)))
struct FencingTests {
    private static func message(_ body: [UInt8], of event: EventID) -> QueuedMessage {
        QueuedMessage(
            event: event, body: body, type: CommandMessage.type,
            place: DeliveryPlace(channel: 1, tag: 1), isRedelivered: true)
    }

    /// Runs `body` with an applier that has a lease.
    private func withApplier(
        _ body: @escaping @Sendable (TestWorker, BatchApplier, PostgresPool) async throws -> Void
    ) async throws {
        try await TestWorker.with(started: false) { worker in
            let pool = worker.databases.shards[0]
            let shard = try ShardNumber(0).orThrow()
            try await LeaseRepository.with(pool, shard: shard) { leases in
                let claim = LeaseClaim(owner: "a", duration: .seconds(60))
                let claimed = try await leases.claim(claim).orThrow()
                let mute = OutcomePublisher(
                    configuration: worker.broker, publishTimeout: .seconds(5),
                    logger: TestWorker.quiet)
                let applier = BatchApplier(
                    claimed: claimed, store: LedgerRepository(pool: pool), outcomes: mute,
                    trials: TrialGate(process: ProcessIdentity(random: 1)),
                    acceptance: MessageAcceptance(),
                    metrics: WorkerMetrics(shard: shard), logger: TestWorker.quiet,
                    clock: WorkerClock(database: { TestEvents.now }), deadlines: NoDeadlines())
                try await body(worker, applier, pool)
            }
        }
    }

    private func run(_ script: String, in pool: PostgresPool) async throws {
        try await pool.withConnection { try await $0.run(script: script) }
    }

    @Test(
        "What needs no write is done with under the lease only: repeats, and messages without commands"
    )
    func nothingToWrite() async throws {
        try await withApplier { worker, applier, pool in
            let event = try await worker.makeEvent(capacities: [10])
            var applier = applier
            let repeated = Self.message(
                CommandMessage(event: event, commands: [try TestEvents.book(event)]).encoded,
                of: event)
            let empty = Self.message(
                Array(#"{"eventId": "\#(event)", "commands": []}"#.utf8), of: event)
            try await applier.apply(Workload(repeated, as: MessageAcceptance()))
            // Both pass while the lease is held.
            try await applier.apply(Workload(repeated, as: MessageAcceptance()))
            try await run("UPDATE shard_lease SET owner = 'b', epoch = epoch + 1", in: pool)
            for message in [repeated, empty] {
                do {
                    try await applier.apply(Workload(message, as: MessageAcceptance()))
                    Issue.record("it would have been acknowledged")
                } catch let error as StoreError { #expect(error.code == .fenced) }
            }
        }
    }

    @Test("A message is not blamed for a database that fails, however often, and however long")
    func innocent() async throws {
        try await withApplier { worker, applier, pool in
            let event = try await worker.makeEvent(capacities: [10])
            var applier = applier
            let command = try TestEvents.book(event)
            let message = Self.message(
                CommandMessage(event: event, commands: [command]).encoded, of: event)
            try await run(
                """
                ALTER TABLE booking RENAME TO booking_away;
                CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql
                    AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
                CREATE TRIGGER fail BEFORE DELETE ON suspect_trial EXECUTE FUNCTION fail();
                """, in: pool)
            for _ in 0..<(3 * WorkerLimits.suspectTrialsMax) {
                do {
                    _ = try await applier.apply(suspect: message) { _, _ in }
                    Issue.record("it cannot have been applied")
                } catch {}
                try? await applier.trials.tellSurvived(in: event.shard) { messages in
                    try await applier.store.forgetTrials(
                        of: messages, in: applier.trials.process)
                }
            }
            try await run(
                "ALTER TABLE booking_away RENAME TO booking; DROP TRIGGER fail ON suspect_trial",
                in: pool)
            _ = try await applier.apply(suspect: message) { _, _ in }
            #expect(try await worker.stored(event).map(\.status) == [.confirmed])
            // Nothing is left that the next owner could misread.
            let next = ProcessIdentity(random: 2)
            #expect(
                try await applier.store.trySuspect(
                    MessageDigest(of: message.body, in: event), in: next, under: applier.lease)
                    == 1)
        }
    }

    @Test("A shard is kept over its own slow commits")
    func slowCommits() async throws {
        try await TestWorker.with(started: false) { worker in
            let pool = try worker.databases.pool(
                shard: 0, application: "slow", settings: ["lock_timeout": "300ms"])
            var databases = worker.databases
            databases.shards = [pool]
            let service = TestWorker.makeService(databases, worker.broker, name: "slow")
            let event = try await worker.makeEvent(capacities: [10])
            try await run(
                """
                CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql
                    AS $$ BEGIN PERFORM pg_sleep(0.7); RETURN NULL; END $$;
                CREATE TRIGGER slow AFTER INSERT ON booking EXECUTE FUNCTION slow();
                """, in: worker.databases.shards[0])
            let serving = Task { try await service.run() }
            try await eventually { service.conditions[0].current == .serving }
            for count in 1...5 {
                try await worker.publisher.publish([TestEvents.book(event)], to: event)
                _ = try await worker.outcomes(of: event, count: count)
            }
            let epochs = try await pool.execute(SelectEpochs())
            #expect(epochs == [1])
            serving.cancel()
            _ = await serving.result
            await pool.close()
        }
    }

    @Test(
        "An owner cut off in the middle of a batch's bytes: the shard goes on within four seconds")
    func cutOff() async throws {
        try await TestWorker.with(started: false) { worker in
            let port = try worker.databases.port()
            let proxy = try HalfwayProxy(before: port)
            var pools: [PostgresPool] = []
            var services: [WorkerService] = []
            for (name, port) in [("first", proxy.port), ("second", port)] {
                pools.append(
                    try worker.databases.pool(
                        shard: 0, application: WorkerSessions.applicationName(ofWorker: name),
                        port: port, settings: SessionSettings.all))
                var databases = worker.databases
                databases.shards = Array(pools.suffix(1))
                services.append(TestWorker.makeService(databases, worker.broker, name: name))
            }
            let event = try await worker.makeEvent(capacities: [100_000])
            let first = Task { [services] in try await services[0].run() }
            try await eventually { services[0].conditions[0].current == .serving }
            let second = Task { [services] in try await services[1].run() }
            try await eventually { services[1].conditions[0].current == .waiting }
            // Its statements are prepared now.
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            _ = try await worker.outcomes(of: event, count: 1)
            proxy.stopHalfway()
            let commands = try (0..<500).map { _ in try TestEvents.book(event) }
            for start in stride(from: 0, to: commands.count, by: 100) {
                try await worker.publisher.publish(
                    Array(commands[start..<start + 100]), to: event)
            }
            try await eventually { proxy.isStopped }
            let start = ContinuousClock.now
            let outcomes = try await worker.outcomes(of: event, count: 501)
            #expect(ContinuousClock.now - start < .seconds(4))
            #expect(outcomes.dropFirst().map(\.key) == commands.map(\.key))
            first.cancel()
            second.cancel()
            _ = await (first.result, second.result)
            for pool in pools { await pool.close() }
            proxy.close()
        }
    }
}

private struct SelectEpochs: PostgresStatement {
    static let sql = "SELECT epoch FROM shard_lease"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Int64 { try row.next() }
}
