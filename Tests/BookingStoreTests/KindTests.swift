import BookingDomain
import BookingTestSupport
import Postgres
import Testing

@testable import BookingStore

@Suite("The kinds that a shard's owner reads") struct KindTests {
    private func with(
        _ body: @Sendable (TestDatabases, LeaseRepository, ShardNumber) async throws -> Void
    ) async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let shard = try #require(ShardNumber(0))
            try await LeaseRepository.with(databases.shards[0], shard: shard) { leases in
                try await body(databases, leases, shard)
            }
        }
    }

    private func run(_ script: String, in databases: TestDatabases) async throws {
        try await databases.shards[0].withConnection { try await $0.run(script: script) }
    }

    private static func claim(_ kinds: [String]) -> LeaseClaim {
        LeaseClaim(owner: "a", duration: .seconds(60), kinds: kinds)
    }

    @Test("Before its first owner, a shard's kinds are not known")
    func none() async throws {
        try await with { databases, _, shard in
            let kinds = KindRepository(shards: databases.shardPools)
            #expect(try await kinds.kinds(of: shard).isEmpty)
            let elsewhere = try #require(ShardNumber(7))
            #expect(try await kinds.kinds(of: elsewhere).isEmpty)
        }
    }

    @Test(
        "An owner's kinds stand in the lease from its claim on, also when it has given the shard back"
    )
    func claimed() async throws {
        try await with { databases, leases, shard in
            let kinds = KindRepository(shards: databases.shardPools)
            let claimed = try #require(try await leases.claim(.test(by: "a")))
            #expect(
                Set(try await kinds.kinds(of: shard).keys)
                    == Set(CommandKind.allCases.map(\.rawValue)))
            try await leases.release(claimed.lease)
            #expect(
                Set(try await kinds.kinds(of: shard).keys)
                    == Set(CommandKind.allCases.map(\.rawValue)))
        }
    }

    @Test("A kind is as old as the first of the owners in a row who read it")
    func since() async throws {
        try await with { databases, leases, shard in
            let kinds = KindRepository(shards: databases.shardPools)
            let first = try #require(try await leases.claim(Self.claim(["book", "hold"])))
            try await leases.release(first.lease)
            try await run(
                """
                UPDATE shard_lease SET kinds_since =
                    ARRAY(SELECT since - interval '60 s' FROM unnest(kinds_since) AS since)
                """, in: databases)
            let second = try #require(try await leases.claim(Self.claim(["cancel", "book"])))
            try await leases.release(second.lease)
            var read = try await kinds.kinds(of: shard)
            #expect(read.keys.sorted() == ["book", "cancel"])
            #expect(read["book"] ?? .zero >= .seconds(60))
            #expect(read["cancel"] ?? .seconds(60) < .seconds(30))
            // One who did not read it comes between.
            let third = try #require(try await leases.claim(Self.claim(["book", "hold"])))
            try await leases.release(third.lease)
            read = try await kinds.kinds(of: shard)
            #expect(read["book"] ?? .zero >= .seconds(60))
            #expect(read["hold"] ?? .seconds(60) < .seconds(30))
        }
    }

    @Test("An owner of an older version, which says nothing, reads no kind that must be said")
    func olderOwner() async throws {
        try await with { databases, leases, shard in
            let kinds = KindRepository(shards: databases.shardPools)
            let first = try #require(try await leases.claim(Self.claim(["book", "hold"])))
            try await leases.release(first.lease)
            // As that version claims.
            try await run("UPDATE shard_lease SET owner = 'old', epoch = epoch + 1", in: databases)
            #expect(try await kinds.kinds(of: shard).isEmpty)
            try await run(
                "UPDATE shard_lease SET owner = NULL, expires_at = clock_timestamp()", in: databases
            )
            let next = try #require(try await leases.claim(Self.claim(["book", "hold"])))
            let read = try await kinds.kinds(of: shard)
            #expect(read["hold"] ?? .seconds(60) < .seconds(30))
            try await leases.release(next.lease)
        }
    }
}
