/// A bug, planted or once found: the protocol with one of its rules changed.
package enum Variant: String, CaseIterable, Sendable, CustomStringConvertible {
    case acknowledgesBeforeCommit
    case announcesBeforeCommit
    case cancelsAtHandOver
    case cancelsAtPause
    case givesBackByReject
    case hasNoFence
    case hasNoUniqueKey
    case keepsLedgerAfterUnknownCommit
    case prefetchShrinks
    case hasSeveralConsumers
    case stopsAtAlarm
    case keepsHalfSentBatch
    case buriesWithoutFence
    case deletesWithoutUnbinding
    case publishesWithoutMandatory
    /// Harmless, which is why the look-up may have a window: the unique key finds what it misses.
    case neverLooksUpAtFirst
    /// Harmless, and forbidden all the same: what is decided stays decided, so that anybody may say so.
    case acknowledgesRepeatsUnfenced
    /// Harmless while nobody else writes: the fence lets no ledger be out of date. It is the layer below.
    case comparesNoVersion
    /// Harmless, as long as acknowledgements go to the channel that their messages came by.
    case pausesInMidBatch

    case expiresBesideTheLine
    case expiresUnderAlarmUnseen
    case waitsForBlockedTick
    case dedupesByWindow
    case believesOwnClock
    /// `ensure` does not help: the tick stands before confirmations that are in time.
    case ticksByOwnClock
    case forgetsTimerOfExtended
    case forgetsTimersAtTakeover
    case confirmsLateUnseen
    case expiresWhatIsConfirmed
    /// Harmless while ticks carry a time that the database has told: it is the layer below.
    case ensuresNoTime

    package var description: String {
        switch self {
        case .acknowledgesBeforeCommit: "a batch is acknowledged before it is committed"
        case .announcesBeforeCommit: "outcomes go out before the commit"
        case .cancelsAtHandOver: "the consumer is cancelled to hand the shard over"
        case .cancelsAtPause: "the consumer is cancelled to pause the event"
        case .givesBackByReject: "messages are given back by nack"
        case .hasNoFence: "a batch commits whoever has the lease"
        case .hasNoUniqueKey: "a booking's key may be there twice"
        case .keepsLedgerAfterUnknownCommit:
            "the ledger is kept after a commit of unknown outcome"
        case .prefetchShrinks: "a consumer has a smaller prefetch than the one before"
        case .hasSeveralConsumers: "the queue has no single active consumer"
        case .stopsAtAlarm: "a batch is acknowledged only once its outcomes are confirmed"
        case .keepsHalfSentBatch:
            "nobody ends the transaction of a worker that died while sending it"
        case .buriesWithoutFence: "a letter goes to the dead before the fence"
        case .deletesWithoutUnbinding: "an empty queue is deleted while it is bound"
        case .publishesWithoutMandatory: "messages are published without `mandatory`"
        case .neverLooksUpAtFirst: "a command is looked up only once the database has refused it"
        case .acknowledgesRepeatsUnfenced:
            "a batch with nothing to write is acknowledged unfenced"
        case .comparesNoVersion: "a batch commits whatever the event's version is"
        case .pausesInMidBatch: "the channel of a paused event is closed in the middle of a batch"
        case .expiresBesideTheLine: "the owner expires what is due without a look at the queue"
        case .expiresUnderAlarmUnseen:
            "the owner that cannot publish expires what is due though the queue is not empty"
        case .waitsForBlockedTick: "the owner that cannot publish waits until it can"
        case .dedupesByWindow:
            "the id of what is no booking is not unique in the database, only looked up for a while"
        case .believesOwnClock: "ticks carry the worker's own time, and the database does not check"
        case .ticksByOwnClock: "ticks carry the worker's own time, and the database checks"
        case .forgetsTimerOfExtended: "a hold that is extended gets no new timer"
        case .forgetsTimersAtTakeover: "timers are not rebuilt after a claim"
        case .confirmsLateUnseen: "a late confirmation does not look at what is free"
        case .expiresWhatIsConfirmed: "a tick expires what was due, whatever it is now"
        case .ensuresNoTime: "the database does not check a tick's time"
        }
    }
}
