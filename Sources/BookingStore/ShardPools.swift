import BookingDomain
package import Postgres

/// The connection pools of the shard databases; a pool's index is its shard's number.
package struct ShardPools: Sendable {
    private let pools: [PostgresPool]

    package init(_ pools: [PostgresPool]) { self.pools = pools }

    package var count: Int { pools.count }

    /// The shards, in order.
    var all: [PostgresPool] { pools }

    /// `nil` for a shard that this configuration does not have.
    subscript(shard: ShardNumber) -> PostgresPool? {
        shard.rawValue < pools.count ? pools[shard.rawValue] : nil
    }

    /// Asks every shard at the same time and puts the answers together, in the order of the shards.
    func gather<Item: Sendable>(
        _ ask: @escaping @Sendable (PostgresPool) async throws(PostgresError) -> [Item]
    ) async throws(StoreError) -> [Item] {
        let answers = await withTaskGroup(of: (Int, Result<[Item], PostgresError>).self) { group in
            for (index, pool) in pools.enumerated() {
                group.addTask { (index, await Self.answer(of: pool, to: ask)) }
            }
            var answers = [Result<[Item], PostgresError>?](repeating: nil, count: pools.count)
            for await (index, answer) in group { answers[index] = answer }
            return answers
        }
        var items: [Item] = []
        for case .some(let answer) in answers {
            do throws(PostgresError) { items += try answer.get() } catch { throw StoreError(error) }
        }
        return items
    }

    // Not in the closure of the group: there the optimizer of Swift 6.3.1 loses the index.
    private static func answer<Item>(
        of pool: PostgresPool, to ask: (PostgresPool) async throws(PostgresError) -> [Item]
    ) async -> Result<[Item], PostgresError> {
        do throws(PostgresError) { return .success(try await ask(pool)) } catch {
            return .failure(error)
        }
    }
}
