/// A shard's database: what is decided, and who may write.
struct Database: Hashable, Sendable {
    /// The commands that have an outcome, and so a row and a sequence.
    ///
    /// How many they are, with the expiries, is the event's version and its last sequence.
    var decided = CommandSet()
    /// Those of them that failed, since they could not be applied.
    var failed = CommandSet()
    /// The commands of which a letter lies with the dead.
    var buried = CommandSet()
    /// Where the bookings stand, when some are held, and how many units nobody has.
    var bookings = Bookings()
    var available: UInt8 = 0
    /// How many entries expired something.
    var expiries: UInt8 = 0
    /// How many owners the shard has had: see `shard_lease`.
    var epoch: UInt8 = 0
    /// Whether the lease of `epoch` was not given back; whose it is, the workers know.
    var isHeld = false

    var version: UInt8 { UInt8(decided.count) + expiries }
}
