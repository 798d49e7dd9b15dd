import BookingDomain
import BookingTestSupport
import Synchronization
import Testing

@testable import BookingStore

@Suite("Pausing")
struct PauseTests {
    @Test("Pausing and resuming an event says whether that changed anything")
    func event() async throws {
        try await TestDatabases.with(shards: 2) { databases in
            let pauses = PauseRepository(shards: databases.shardPools)
            let event = try TestEvents.event(shard: 1)
            try await EventRepository(shards: databases.shardPools).create(event)
            #expect(try await pauses.set(paused: false, event: event.id) == .unchanged)
            #expect(try await pauses.set(paused: true, event: event.id) == .changed)
            #expect(try await pauses.set(paused: true, event: event.id) == .unchanged)
            #expect(try await pauses.set(paused: false, event: event.id) == .changed)
            let unknown = [try TestEvents.event(shard: 1).id, try TestEvents.event(shard: 2).id]
            for event in unknown {
                #expect(try await pauses.set(paused: true, event: event) == .unknown)
            }
        }
    }

    @Test("A paused event is not consumed, and one that is resumed is")
    func consumed() async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let pauses = PauseRepository(shards: databases.shardPools)
            let ledgers = LedgerRepository(pool: databases.shards[0])
            let event = try TestEvents.event()
            try await EventRepository(shards: databases.shardPools).create(event)
            #expect(try await ledgers.eventsToConsume() == [event.id])
            _ = try await pauses.set(paused: true, event: event.id)
            #expect(try await ledgers.eventsToConsume() == [])
            #expect(try await !ledgers.isToConsume(event.id))
            _ = try await pauses.set(paused: false, event: event.id)
            #expect(try await ledgers.eventsToConsume() == [event.id])
        }
    }

    @Test("The shard's worker hears of an event that is paused, and of one that is resumed")
    func notified() async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let pauses = PauseRepository(shards: databases.shardPools)
            let event = try TestEvents.event()
            try await EventRepository(shards: databases.shardPools).create(event)
            let heard = Mutex<[EventID]>([])
            try await LedgerRepository(pool: databases.shards[0]).listen { notifications in
                for isPaused in [true, false] {
                    #expect(try await pauses.set(paused: isPaused, event: event.id) == .changed)
                }
                for try await event in notifications {
                    if heard.withLock({
                        $0.append(event)
                        return $0.count == 2
                    }) {
                        break
                    }
                }
            }
            #expect(heard.withLock { $0 } == [event.id, event.id])
        }
    }

    @Test("Nobody can claim a paused shard, and its owner learns of it when renewing the lease")
    func shard() async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let pauses = PauseRepository(shards: databases.shardPools)
            let shard = try #require(ShardNumber(0))
            let claim = LeaseClaim(owner: "a", duration: .seconds(60))
            try await LeaseRepository.with(databases.shards[0], shard: shard) { leases in
                let lease = try #require(try await leases.claim(claim)).lease
                #expect(try await !leases.renew(lease).isPaused)
                #expect(try await pauses.set(paused: true, shard: shard) == .changed)
                #expect(try await pauses.set(paused: true, shard: shard) == .unchanged)
                #expect(try await leases.renew(lease).isPaused)
                try await leases.release(lease)
                #expect(try await leases.claim(claim) == nil)
                #expect(try await pauses.set(paused: false, shard: shard) == .changed)
                #expect(try await leases.claim(claim) != nil)
            }
            let other = try #require(ShardNumber(7))
            #expect(try await pauses.set(paused: true, shard: other) == .unknown)
        }
    }
}
