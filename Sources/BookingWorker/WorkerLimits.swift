/// The named limits of a worker.
enum WorkerLimits {
    /// The most commands one transaction may hold; a message's commands are never split, so a batch
    /// may exceed it by one message.
    static let commandsPerBatchMax = 2000
    /// The most messages taken from the line at once.
    static let messagesPerTakeMax = 2000
    /// How often a batch is decided anew because somebody else wrote its events.
    static let conflictsMax = 5
    /// The most ledgers kept in memory; beyond it they are read again.
    static let ledgersMax = 10_000
    /// How long a lease lasts after its last renewal.
    static let leaseDuration = Duration.seconds(2)
    /// How often an idle worker renews its lease.
    static let leaseRenewalInterval = Duration.milliseconds(500)
    /// How often a worker that waits for a lease asks for it.
    static let leaseClaimInterval = Duration.milliseconds(200)
    /// How often the events on sale are read again, in case a notification was lost.
    static let discoveryInterval = Duration.seconds(5)
    /// How long a message may wait for the broker's confirm.
    static let publishTimeout = Duration.seconds(5)
    /// How often a worker consume connection and the broker assure each other that they live.
    static let heartbeat = Duration.seconds(1)
}
