package import BookingDomain
import Postgres

/// What could not be applied, alone, and why.
package struct StoredLetter: Hashable, Sendable {
    /// The event in whose line it stood.
    package let event: EventID
    package let problem: String
    /// The message's AMQP `type` property.
    package let type: String?
    package let body: [UInt8]
    /// When it was buried, by the database's clock; `nil` before it is.
    package let buriedAt: Instant?

    package init(
        event: EventID, problem: String, type: String?, body: [UInt8], buriedAt: Instant? = nil
    ) {
        self.event = event
        self.problem = problem
        self.type = type
        self.body = body
        self.buriedAt = buriedAt
    }

    /// The same for letters that say the same.
    package var digest: MessageDigest { MessageDigest(of: body + Array(problem.utf8), in: event) }
}

/// The dead letters of all shards, for their operator.
package struct LetterRepository: Sendable {
    private let shards: ShardPools

    package init(shards: ShardPools) { self.shards = shards }

    /// A letter in its shard's table.
    package struct Entry: Hashable, Sendable {
        package let shard: ShardNumber
        /// Its number in the shard, which never changes and is given once.
        package let number: Int64
        package let letter: StoredLetter
    }

    /// The oldest letters of all shards, at most `max`, and how many there are.
    package func letters(
        max: Int
    ) async throws(StoreError) -> (entries: [Entry], count: Int) {
        var entries: [Entry] = []
        var count = 0
        for (index, pool) in shards.all.enumerated() {
            guard let shard = ShardNumber(index) else { continue }
            let rows = try await storing { () async throws(PostgresError) in
                try await pool.execute(SelectLetters(limit: max))
            }
            count += Int(clamping: rows.first?.count ?? 0)
            entries += rows.map { Entry(shard: shard, number: $0.number, letter: $0.letter) }
        }
        // Clocks of databases may differ a little; that only changes the order of a list.
        entries.sort { one, other in
            let times = (
                one.letter.buriedAt ?? Instant(microsecondsSinceEpoch: 0),
                other.letter.buriedAt ?? Instant(microsecondsSinceEpoch: 0)
            )
            return (times.0, one.shard.rawValue, one.number)
                < (times.1, other.shard.rawValue, other.number)
        }
        return (Array(entries.prefix(max)), count)
    }

    /// Takes a letter away for good; nothing happens when it is gone already.
    package func delete(_ entry: Entry) async throws(StoreError) {
        guard let pool = shards[entry.shard] else { return }
        _ = try await storing { () async throws(PostgresError) in
            try await pool.execute(DeleteLetter(number: entry.number))
        }
    }
}
