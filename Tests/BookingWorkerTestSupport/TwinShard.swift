package import BookingDomain
import Synchronization

/// A shard's database in memory.
package final class TwinShard: Sendable {
    private let tables: Mutex<TwinTables>

    package init(shard: ShardNumber, now: Instant) {
        tables = Mutex(TwinTables(shard: shard, now: now))
    }

    /// What is in it now.
    package var content: TwinTables { tables.withLock { $0 } }

    /// Looks into it, or changes it, by nobody's leave.
    package func with<Value: Sendable, Failure: Error>(
        _ body: (inout TwinTables) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let result: Result<Value, Failure> = tables.withLock { tables in
            do throws(Failure) { return .success(try body(&tables)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
