import BookingDomain
import BookingStore
import BookingTestSupport
import Testing

@testable import BookingWorker

/// What a worker relies on in a shard's lease; the twin in memory and PostgreSQL are held to it alike.
@Suite("A shard's lease, wherever it is", .timeLimit(.minutes(2)))
struct LeaseStoreTests {
    private func claim(
        by owner: String, wantsMore: Bool = true, orphanedAfter: Duration = .zero
    ) -> LeaseClaim {
        LeaseClaim(
            owner: owner, duration: .seconds(60), wantsMore: wantsMore,
            orphanedAfter: orphanedAfter)
    }

    @Test("One owner has it, until it runs out", arguments: StoreKind.allCases)
    func exclusive(_ kind: StoreKind) async throws {
        try await kind.with(try TestEvents.event()) { world in
            try await world.withSession { one in
                let first = try await one.claim(claim(by: "a")).orThrow()
                #expect(!first.isTakeover)
                try await world.withSession { other in
                    #expect(try await other.claim(claim(by: "b")) == nil)
                    #expect(try await !one.renew(first.lease).isPaused)
                    try await world.expireLease()
                    let second = try await other.claim(claim(by: "b")).orThrow()
                    #expect(second.isTakeover)
                    #expect(second.recentCrashes == 1)
                    #expect(second.lease.epoch == first.lease.epoch + 1)
                    do throws(StoreError) {
                        _ = try await one.renew(first.lease)
                        Issue.record("a lost lease was renewed")
                    } catch { #expect(error.code == .fenced) }
                    #expect(try await !one.release(first.lease))
                    #expect(try await one.claim(claim(by: "a")) == nil)
                    #expect(try await other.release(second.lease))
                    // What was given back is no takeover.
                    let third = try await one.claim(claim(by: "a")).orThrow()
                    #expect(!third.isTakeover)
                    #expect(third.recentCrashes == 1)
                }
            }
        }
    }

    @Test("It is free once its owner's session has ended", arguments: StoreKind.allCases)
    func session(_ kind: StoreKind) async throws {
        try await kind.with(try TestEvents.event()) { world in
            try await world.withSession { one in _ = try await one.claim(claim(by: "a")) }
            try await world.withSession { other in
                // A server takes a moment to see the end of a session.
                try await eventually { try await other.claim(claim(by: "b"))?.isTakeover == true }
            }
        }
    }

    @Test(
        "What was given back is left to those that want more, and paused shards to nobody",
        arguments: StoreKind.allCases)
    func free(_ kind: StoreKind) async throws {
        try await kind.with(try TestEvents.event()) { world in
            try await world.withSession { one in
                let modest = claim(by: "a", wantsMore: false, orphanedAfter: .seconds(60))
                let first = try await one.claim(claim(by: "a")).orThrow()
                #expect(try await one.release(first.lease))
                #expect(try await one.claim(modest) == nil)
                let second = try await one.claim(claim(by: "a")).orThrow()
                try await world.pause()
                #expect(try await one.renew(second.lease).isPaused)
                #expect(try await one.release(second.lease))
                #expect(try await one.claim(claim(by: "a")) == nil)
            }
        }
    }

    @Test("A new owner is told the number of the last batch", arguments: StoreKind.allCases)
    func lastBatch(_ kind: StoreKind) async throws {
        let event = try TestEvents.event()
        try await kind.with(event) { world in
            try await world.withSession { one in
                let first = try await one.claim(claim(by: "a")).orThrow()
                #expect(first.lastBatch == 0)
                let ledgers = try await world.store.ledgers(of: [event.id])
                let command = try TestEvents.book(event.id)
                let decided = DecidedBatch([command], on: ledgers, at: TestEvents.now)
                _ = try await world.store.commit(decided.effects, from: 1, under: first.lease)
                #expect(try await one.release(first.lease))
                #expect(try await one.claim(claim(by: "b"))?.lastBatch == 1)
            }
        }
    }
}
