import BookingBroker
import BookingDomain
import BookingStore
import BookingTestSupport
import Postgres
import Testing

@testable import BookingWorker

@Suite struct OwnershipTests {
    @Test("Of two workers one serves the shard; when it stops, the other goes on without a gap")
    func handOver() async throws {
        try await TestWorker.with(started: false) { worker in
            let event = try await worker.makeEvent(capacities: [100])
            let services = ["first", "second"].map {
                TestWorker.makeService(worker.databases, worker.broker, name: $0)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                let first = Task { try await services[0].run() }
                try await eventually { services[0].conditions[0].current == .serving }
                group.addTask { try await services[1].run() }
                try await eventually { services[1].conditions[0].current == .waiting }
                for _ in 0..<20 {
                    try await worker.publisher.publish([TestEvents.book(event)], to: event)
                }
                first.cancel()
                for _ in 0..<20 {
                    try await worker.publisher.publish([TestEvents.book(event)], to: event)
                }
                _ = await first.result
                try await eventually { services[1].conditions[0].current == .serving }
                try await eventually { try await worker.stored(event).count == 40 }
                let stored = try await worker.stored(event)
                #expect(stored.map(\.sequence) == Array(1...40))
                #expect(stored.allSatisfy { $0.status == .confirmed })
                group.cancelAll()
            }
        }
    }

    @Test("A worker whose lease was taken drops the shard, and commits nothing under the old epoch")
    func fenced() async throws {
        try await TestWorker.with { worker in
            let event = try await worker.makeEvent(capacities: [100])
            try await eventually { worker.service.conditions[0].current == .serving }
            try await worker.databases.shards[0].withConnection { connection in
                try await connection.run(
                    script: """
                        UPDATE shard_lease SET owner = 'a usurper', epoch = epoch + 1,
                            expires_at = clock_timestamp() + interval '3 seconds';
                        SELECT pg_advisory_lock(0, epoch::integer) FROM shard_lease
                        """)
            }
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            try await eventually { worker.service.conditions[0].current != .serving }
            #expect(try await worker.stored(event).isEmpty)
            // When the usurper's time has run out, the worker takes the shard back.
            let outcomes = try await worker.outcomes(of: event, count: 1)
            #expect(outcomes.map(\.sequence) == [1])
        }
    }

    @Test(
        "Shards are shared evenly among workers that come and go, and nothing is lost or repeated")
    func fairShare() async throws {
        try await TestWorker.with(started: false, shards: 4) { worker in
            var events: [EventID] = []
            for shard in 0..<4 {
                events.append(try await worker.makeEvent(shard: shard, capacities: [1000]))
            }
            let services = ["first", "second"].map {
                TestWorker.makeService(worker.databases, worker.broker, name: $0)
            }
            func served(_ index: Int) -> Int {
                services[index].conditions.count { $0.current == .serving }
            }
            let first = Task { try await services[0].run() }
            try await eventually { served(0) == 4 }
            let second = Task { try await services[1].run() }
            var sent = 0
            let start = ContinuousClock.now
            while served(0) != 2 || served(1) != 2 {
                for event in events {
                    try await worker.publisher.publish([TestEvents.book(event)], to: event)
                }
                sent += 1
            }
            // The target of the design; here beside two cores' worth of other work.
            #expect(ContinuousClock.now - start < .seconds(3))
            first.cancel()
            _ = await first.result
            try await eventually { served(1) == 4 }
            for event in events {
                try await eventually { try await worker.stored(event).count == sent }
                #expect(
                    try await worker.stored(event).map(\.sequence) == (1...Int64(sent)).map { $0 })
            }
            // Handed over in order, nothing came twice.
            #expect(worker.outcomes.all.count == Set(worker.outcomes.all.map(\.key)).count)
            second.cancel()
            _ = await second.result
        }
    }

    @Test("A paused event waits, and is decided in order when it goes on")
    func pausedEvent() async throws {
        try await TestWorker.with { worker in
            let paused = try await worker.makeEvent(capacities: [100])
            let other = try await worker.makeEvent(capacities: [100])
            try await eventually { worker.service.conditions[0].current == .serving }
            try await worker.setPaused(true, paused)
            // Whatever was on its way when the worker heard of it is decided still.
            try await Task.sleep(for: .milliseconds(300))
            for _ in 0..<10 {
                try await worker.publisher.publish([TestEvents.book(paused)], to: paused)
                try await worker.publisher.publish([TestEvents.book(other)], to: other)
            }
            _ = try await worker.outcomes(of: other, count: 10)
            #expect(try await worker.stored(paused).isEmpty)
            try await worker.setPaused(false, paused)
            let outcomes = try await worker.outcomes(of: paused, count: 10)
            #expect(outcomes.map(\.sequence) == Array(1...10))
        }
    }
}
