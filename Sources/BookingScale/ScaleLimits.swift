/// The named limits of scaling.
package enum ScaleLimits {
    /// How often queues and databases are read; a broker refreshes its figures every five seconds.
    static let readingInterval = Duration.seconds(1)
    /// How long a reading may take before it is unknown.
    static let readingTimeout = Duration.seconds(2)
    /// The most bytes of a broker's answer: room for some ten thousand queues.
    static let answerBytesMax = 16 << 20
    /// The most messages that a line is taken to have; its queue could not hold so many.
    static let lineMessagesMax = 1_000_000_000
    /// The most commands that are taken to wait for a shard.
    static let backlogMax = 1e15
    /// In so much time what was measured earlier loses half of its weight.
    static let halfLife = Duration.seconds(5)
    /// How many readings in a row must ask for more workers before they are started.
    static let readingsBeforeGrowth = 2
    /// A worker less must leave the others this much to spare, so that it is not started again soon.
    static let loadMaxAfterShrinking = 0.8
    /// However long the oldest command has waited, what waits need not be decided in less than this
    /// part of the time that was aimed at.
    static let hurryMax = 4.0
    /// How long a line that fell to zero without anybody's doing is not believed.
    static let doubtMax = Duration.seconds(10)
    /// How far a broker's figures may lag behind the databases.
    static let lagMax = Duration.seconds(6)

    /// How often worker processes are looked at.
    static let lookInterval = Duration.milliseconds(100)
    /// A worker that lives shorter than this died at once, and waits before its next start.
    static let shortLife = Duration.seconds(5)
    /// The first wait; it doubles with each death in a row.
    static let restartDelayMin = Duration.seconds(1)
    static let restartDelayMax = Duration.seconds(10)
}
