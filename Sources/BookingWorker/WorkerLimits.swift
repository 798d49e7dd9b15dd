/// The named limits of a worker.
enum WorkerLimits {
    /// The most commands one transaction may hold; a message's commands are never split, so a batch
    /// may exceed it by one message.
    static let commandsPerBatchMax = 2000
    /// The most messages taken from the line at once.
    static let messagesPerTakeMax = 2000
    /// The same while the shard is being handed over, which should not take long.
    static let messagesPerLastTakeMax = 64
    /// The shortest time from the beginning of a batch of at least ``busyBatchMin`` commands to the next:
    /// in a rush, fewer and larger batches let more bookings through.
    static let busyBatchInterval = Duration.milliseconds(3)
    static let busyBatchMin = 8
    /// How often a batch is decided anew because somebody else wrote its events.
    static let conflictsMax = 5
    /// How often a command's look-up may time out alone before it fails; and how long commands of its buyer
    /// fail without being looked up then.
    static let lookUpTrialsMax = 3
    static let unanswerableDuration = Duration.seconds(60)
    /// The most buyers that are remembered for it.
    static let unanswerableMax = 1000
    /// How long commands are looked up before they are decided, once there is reason to think that some
    /// come again.
    static let recallDuration = Duration.seconds(1)
    /// The most ledgers kept in memory; beyond it they are read again.
    static let ledgersMax = 10_000
    /// In how many events held bookings expire in one transaction, of those of which one entry could not hold
    /// all that was due.
    static let expiringEventsMax = 4
    /// The most ticks in one transaction, each of which expires what one entry can hold at most.
    static let ticksPerBatchMax = 20
    /// How long a lease lasts after its last renewal; a frozen owner has lost it then.
    static let leaseDuration = Duration.seconds(2)
    /// How often a worker renews its lease, whatever else does.
    static let leaseRenewalInterval = Duration.milliseconds(500)
    /// How soon it is tried again when that failed: the row may be in its own batch's hands.
    static let leaseRetryInterval = Duration.milliseconds(50)
    /// How often a worker asks for a shard that others have, and whether one of its own is wanted.
    static let leaseClaimInterval = Duration.milliseconds(100)
    /// How long a shard given back must have been free before any worker takes it, whatever its share.
    static let orphanedAfter = Duration.seconds(1)
    /// How often in a minute a shard is taken from owners that died; then it rests, for what its
    /// queues hold may kill workers.
    static let crashesPerMinuteMax = 12
    /// After how many deaths within a minute messages that come again are tried alone.
    static let crashesBeforeCaution = 3
    /// How often a message is tried alone as it is, before its commands are applied one by one.
    static let suspectTrialsMax = 2
    /// How often after that the first command not decided is taken for the killer, before the message
    /// goes to the dead unread.
    static let killerTrialsMax = 1
    /// How often a worker tells the others that it lives.
    static let beatInterval = Duration.milliseconds(250)
    /// How long a worker that failed leaves shards to others.
    static let failureRest = Duration.seconds(5)
    /// How long the owner of a shard that is wanted elsewhere goes on finishing what is delivered; what
    /// is left then goes back to the queues.
    static let handOverMax = Duration.milliseconds(200)
    /// How often the events on sale are read again, in case a notification was lost.
    static let discoveryInterval = Duration.seconds(5)
    /// How long an event with a message that this program does not know is left alone before it is tried again.
    static let parkingTime = Duration.seconds(30)
    /// How long after an event was made its queue may still be in the making: RabbitMQ gives up after 5 s.
    static let queueMakingMax = Duration.seconds(15)
    /// How long until a queue that does not answer is asked again.
    static let probeInterval = Duration.seconds(1)
    /// How many queues of a shard are asked at a time, each over a connection of its own.
    static let probesMax = 4
    /// How long a look-up of so many commands may take: many times what it takes as a rule, on a disk that
    /// is busy, too.
    static func lookUpTime(of commands: Int) -> Duration {
        .milliseconds(300) + .microseconds(500) * commands
    }
    /// How long outcomes may wait for the broker's confirm; then their messages are acknowledged all the same.
    static let tellingMax = Duration.milliseconds(500)
    /// How often a worker consume connection and the broker assure each other that they live.
    static let heartbeat = Duration.seconds(1)
}
