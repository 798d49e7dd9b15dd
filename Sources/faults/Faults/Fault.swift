import BookingHistory
import FaultPoints

/// Something that goes wrong, by the name it is asked for.
enum Fault: String, CaseIterable, Sendable {
    case killReceived = "kill-received"
    case killInTransaction = "kill-in-transaction"
    case killBeforeCommit = "kill-before-commit"
    case killAfterCommit = "kill-after-commit"
    case killMidPublish = "kill-mid-publish"
    case killAfterPublish = "kill-after-publish"
    case killBeforeAcknowledge = "kill-before-acknowledge"
    case killDraining = "kill-draining"
    case trapWorker = "trap-worker"
    case freezeDraining = "freeze-draining"
    case zombie
    case doze
    case rollingRestart = "rolling-restart"
    case scale
    case brokerKill = "broker-kill"
    case brokerKillOne = "broker-kill-one"
    case partition
    case memoryAlarm = "memory-alarm"
    case postgresKill = "postgres-kill"
    case ingressKill = "ingress-kill"
    case trapIngress = "trap-ingress"
    case duplicates
    case poison
    case overload
    case slowDatabase = "slow-database"
    case usurper
    case outsideWriter = "outside-writer"
    case queueDeleted = "queue-deleted"
    case freezeMidPipeline = "freeze-mid-pipeline"
    case killMidPipeline = "kill-mid-pipeline"
    case pauseEvents = "pause-events"
    case pauseShards = "pause-shards"
    case upgradeIngresses = "upgrade-ingresses"
    case upgradeWorkers = "upgrade-workers"
    case rollBackIngresses = "roll-back-ingresses"
    case rollBackWorkers = "roll-back-workers"

    /// The point at which a worker is killed, for the faults that do so.
    var killingPoint: FaultPoint? {
        switch self {
        case .killReceived: .received
        case .killInTransaction: .inTransaction
        case .killBeforeCommit: .beforeCommit
        case .killAfterCommit: .afterCommit
        case .killMidPublish: .midPublish
        case .killAfterPublish: .afterPublish
        case .killBeforeAcknowledge: .beforeAcknowledge
        case .killDraining: .draining
        case .killMidPipeline: .midPipeline
        case .trapWorker, .freezeMidPipeline, .freezeDraining, .zombie, .doze, .rollingRestart,
            .scale, .brokerKill, .brokerKillOne, .partition, .memoryAlarm, .postgresKill,
            .ingressKill, .trapIngress, .duplicates, .poison, .overload, .slowDatabase, .usurper,
            .outsideWriter, .queueDeleted, .pauseEvents, .pauseShards, .upgradeIngresses,
            .upgradeWorkers, .rollBackIngresses, .rollBackWorkers:
            nil
        }
    }

    /// Whether it takes a cluster of three brokers.
    var needsCluster: Bool { self == .brokerKillOne || self == .partition }

    /// Whether it takes the program of another version.
    var needsAnotherVersion: Bool {
        [.upgradeIngresses, .upgradeWorkers, .rollBackIngresses, .rollBackWorkers].contains(self)
    }

    /// What a run with this fault must have seen; if it did not, the fault did not happen.
    var required: [RareEvent] {
        switch self {
        case .killReceived, .killMidPipeline, .killInTransaction, .killBeforeCommit,
            .killBeforeAcknowledge, .trapWorker:
            [.redelivery, .takeover]
        case .killAfterCommit, .killMidPublish, .killAfterPublish:
            [.redelivery, .duplicate, .takeover]
        case .killDraining, .freezeDraining, .freezeMidPipeline: [.takeover]
        case .zombie: [.fenced, .takeover]
        case .duplicates: [.duplicate]
        case .ingressKill, .trapIngress: [.unknown]
        case .doze, .rollingRestart, .scale, .brokerKill, .brokerKillOne, .partition,
            .memoryAlarm, .postgresKill, .poison, .overload, .slowDatabase, .usurper,
            .outsideWriter, .queueDeleted, .pauseEvents, .pauseShards, .upgradeIngresses,
            .upgradeWorkers, .rollBackIngresses, .rollBackWorkers:
            []
        }
    }

    /// Whether the workers' count of decisions stays exact: nobody is killed, and no commit is in doubt.
    var keepsCounts: Bool {
        switch self {
        case .duplicates, .poison, .overload, .outsideWriter: true
        case .killReceived, .killMidPipeline, .killInTransaction, .killBeforeCommit,
            .killAfterCommit, .killMidPublish, .killAfterPublish, .killBeforeAcknowledge,
            .killDraining, .trapWorker, .freezeMidPipeline, .freezeDraining, .zombie, .doze,
            .rollingRestart, .scale, .brokerKill, .brokerKillOne, .partition, .memoryAlarm,
            .postgresKill, .ingressKill, .trapIngress, .slowDatabase, .usurper, .queueDeleted,
            .pauseEvents, .pauseShards, .upgradeIngresses, .upgradeWorkers, .rollBackIngresses,
            .rollBackWorkers:
            false
        }
    }

    /// What it is, in a line.
    var summary: String {
        switch self {
        case .killReceived: "SIGKILL of a worker that has received messages"
        case .killInTransaction: "SIGKILL of a worker whose transaction is on its way"
        case .killBeforeCommit: "SIGKILL of a worker that has decided a batch"
        case .killAfterCommit: "SIGKILL of a worker right after a commit"
        case .killMidPublish: "SIGKILL of a worker whose outcomes are not yet confirmed"
        case .killAfterPublish: "SIGKILL of a worker whose outcomes are out"
        case .killBeforeAcknowledge: "SIGKILL of a worker about to acknowledge"
        case .killDraining: "SIGKILL of a worker that is handing its shards over"
        case .trapWorker: "an overflow in a worker that has decided a batch"
        case .freezeDraining: "SIGSTOP of a worker that is handing over, SIGCONT after 6 s"
        case .zombie: "SIGSTOP of an owner before a commit, SIGCONT after 10 s"
        case .doze: "the same, for little longer than its lease lasts"
        case .rollingRestart: "SIGTERM and a new start, one worker after the other"
        case .scale: "the fleet shrinks to 1, grows to 4, shrinks to 1 and is as before"
        case .brokerKill: "kill -9 of the broker, of all its nodes"
        case .brokerKillOne: "kill -9 of one of three brokers"
        case .partition: "one of three brokers cut off from the others"
        case .memoryAlarm:
            "the broker's memory alarm blocks publishers for 30 s, and a backlog is decided meanwhile"
        case .postgresKill: "kill -9 of PostgreSQL"
        case .ingressKill: "kill -9 of an ingress with requests open"
        case .trapIngress: "an overflow in an ingress that publishes commands"
        case .duplicates: "command messages published a second and a third time"
        case .poison: "messages nobody can read among good ones"
        case .overload: "four times the load for some seconds"
        case .usurper: "the lease of a shard taken from its owner by SQL, for 1.5 s"
        case .slowDatabase: "an event's row locked from outside, for 0.8 s and for 3 s"
        case .outsideWriter: "a second writer books by SQL"
        case .killMidPipeline: "SIGKILL of a worker that has sent half of a batch"
        case .freezeMidPipeline:
            "SIGSTOP of an owner that has sent half of a batch, SIGCONT after 6 s"
        case .pauseEvents:
            "a busy event paused in its backlog, 8 times, SIGKILL of its owner in between"
        case .pauseShards: "the same with a shard"
        case .upgradeIngresses: "the ingresses of the version before, one by one, for those of now"
        case .upgradeWorkers: "the same with the workers"
        case .rollBackIngresses: "the ingresses of now for those of the version before"
        case .rollBackWorkers: "the same with the workers"
        case .queueDeleted: "an idle event's queue deleted, then bookings for it"
        }
    }
}
