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
                            expires_at = clock_timestamp() + interval '3 seconds'
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
}
