import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingIngress

@Suite("Which kinds of command are sent to a shard")
struct KindWatchTests {
    private let stores = FakeStores()
    private let shard: ShardNumber

    init() throws { shard = try ShardNumber(2).orThrow() }

    private func watch(readByAll: Set<CommandKind> = []) -> KindWatch {
        KindWatch(
            store: stores, shards: [shard], readByAll: readByAll, logger: TestIngress.quiet)
    }

    @Test("What every version reads is sent to anybody, and nobody is asked")
    func readByAll() async {
        let watch = watch(readByAll: Set(CommandKind.allCases))
        #expect(watch.offers(.hold, to: shard))
        // It has nothing to read, and so it ends.
        await watch.run()
        #expect(stores.kindLookUps == 0)
    }

    @Test("Any other kind is sent once the shard's owners have read it for ten seconds")
    func settled() async {
        let watch = watch()
        #expect(!watch.offers(.book, to: shard))
        for (kinds, isOffered) in [
            ([:], false), (["hold": .seconds(60)], false), (["book": .seconds(10)], false),
            (["book": .milliseconds(10_001)], true), (["book": .seconds(3)], false),
        ] as [([String: Duration], Bool)] {
            stores.announce(kinds, in: shard)
            await watch.read(shard)
            #expect(watch.offers(.book, to: shard) == isOffered, "\(kinds)")
        }
    }

    @Test("What a shard's owner said is believed for five seconds")
    func stale() async {
        let watch = watch()
        stores.announce(["book": .seconds(60)], in: shard)
        await watch.read(shard)
        let now = ContinuousClock.now
        stores.goAway()
        await watch.read(shard)
        #expect(watch.offers(.book, to: shard, at: now))
        #expect(!watch.offers(.book, to: shard, at: now + KindWatch.ageMax))
    }

    @Test("Of another shard nothing is known by that")
    func otherShard() async throws {
        let watch = watch()
        stores.announce(["book": .seconds(60)], in: shard)
        await watch.read(shard)
        let other = try ShardNumber(1).orThrow()
        #expect(!watch.offers(.book, to: other))
    }

    @Test("A submission that the shard's owner could not read is told 503 and when to come again")
    func submission() async throws {
        try await TestIngress.with(stores: stores, configure: { $0.kindsReadByAll = [] }) {
            ingress in
            let (event, types) = try await ingress.client.newUser(.organizer).newEvent()
            let buyer = try await ingress.client.newUser()
            let refused = try await buyer.book(types[0], key: "mine")
            #expect(refused.status == 503)
            #expect(refused.slug == "upgrading")
            #expect(refused.header("retry-after") == "10")
            #expect(refused.isProblem)
            #expect(ingress.broker.published.isEmpty)
            stores.announce(["book": .seconds(11)], in: event.shard)
            try await eventually { try await buyer.book(types[0], key: "mine").status == 202 }
        }
    }
}
