/// One thing that can happen: what the explorer tries, and what a counterexample is told in.
package enum Step: Hashable, Sendable {
    // A client and an ingress.
    case submit(command: Int, ingress: Int)
    case route(ingress: Int)
    case arrive(ingress: Int)
    case confirm(ingress: Int)
    case insist(ingress: Int)
    case failPublish(ingress: Int)
    case loseIngress(ingress: Int)

    // A worker and its lease.
    case claim(worker: Int)
    case consume(worker: Int, prefetch: UInt8)
    case decide(worker: Int, messages: Int, looksUp: Bool)
    case giveUp(worker: Int, command: Int)
    case commit(worker: Int)
    case acknowledge(worker: Int)
    case handOver(worker: Int)
    case stopConsuming(worker: Int, onTheWay: Int)
    case pauseConsuming(worker: Int, onTheWay: Int)
    case giveBack(worker: Int)
    case noticeLoss(worker: Int)

    // The database's clock, and what it sets off.
    case stepClock
    case publishTick(worker: Int)
    case arriveTick(worker: Int)
    case arriveLateTick
    case blockTick(worker: Int)
    case failTick(worker: Int)
    case expireDirectly(worker: Int)

    // What goes wrong.
    case die(worker: Int, halfSent: Bool)
    case loseAnswer(worker: Int)
    case freeze(worker: Int)
    case thaw(worker: Int)
    case dropFrozen(worker: Int)
    case commitLate(Int)
    case loseLate(Int)
    case raiseAlarm
    case endAlarm

    // An operator.
    case pause
    case resume
    case closeEvent
    case unbind
    case deleteQueue

    /// Whether it happens by itself sooner or later, if nothing more goes wrong and nobody asks for
    /// anything more. (A frozen worker may stay frozen, an alarm may last.)
    var isDue: Bool {
        switch self {
        case .submit, .insist, .failPublish, .loseIngress, .giveUp, .handOver, .stopConsuming,
            .giveBack,
            .die, .loseAnswer, .freeze, .thaw, .raiseAlarm, .endAlarm, .pause, .closeEvent,
            .unbind, .deleteQueue, .stepClock, .arriveLateTick, .failTick:
            false
        case .route, .arrive, .confirm, .claim, .consume, .decide, .commit, .acknowledge,
            .pauseConsuming, .noticeLoss, .dropFrozen, .commitLate, .loseLate, .resume,
            .publishTick, .arriveTick, .blockTick, .expireDirectly:
            true
        }
    }
}

extension Step: CustomStringConvertible {
    package var description: String {
        switch self {
        case .submit(let command, let ingress):
            "a client asks \(Self.name(ingress: ingress)) for c\(command + 1)"
        case .route(let ingress):
            "the exchange looks for the queue of \(Self.name(ingress: ingress))'s batch"
        case .arrive(let ingress): "the batch of \(Self.name(ingress: ingress)) is in the queue"
        case .confirm(let ingress):
            "the broker confirms to \(Self.name(ingress: ingress)): 202"
        case .insist(let ingress):
            "\(Self.name(ingress: ingress)) hears a no and publishes its batch again"
        case .failPublish(let ingress):
            "\(Self.name(ingress: ingress)) hears no confirm: 503"
        case .loseIngress(let ingress): "\(Self.name(ingress: ingress)) dies"
        case .claim(let worker): "\(Self.name(worker: worker)) claims the lease"
        case .consume(let worker, let prefetch):
            "\(Self.name(worker: worker)) consumes the queue, \(prefetch) at a time"
        case .decide(let worker, let messages, let looksUp):
            "\(Self.name(worker: worker)) decides \(messages) of its messages"
                + (looksUp ? ", having looked them up," : "") + " and sends the batch"
        case .giveUp(let worker, let command):
            "\(Self.name(worker: worker)) gives c\(command + 1) up"
        case .commit(let worker):
            "the database answers the batch of \(Self.name(worker: worker))"
        case .acknowledge(let worker):
            "\(Self.name(worker: worker)) tells the outcomes and acknowledges"
        case .handOver(let worker):
            "\(Self.name(worker: worker)) closes its channel and gives the lease back"
        case .stopConsuming(let worker, let onTheWay), .pauseConsuming(let worker, let onTheWay):
            "\(Self.name(worker: worker)) stops consuming (\(onTheWay) on the way)"
        case .giveBack(let worker): "\(Self.name(worker: worker)) gives its first message back"
        case .noticeLoss(let worker):
            "\(Self.name(worker: worker)) notices that it has lost its channel or its lease"
        case .stepClock: "the database's clock goes on"
        case .publishTick(let worker):
            "\(Self.name(worker: worker)) publishes a tick for what is due"
        case .arriveTick(let worker):
            "the tick of \(Self.name(worker: worker)) is in the queue, and is confirmed"
        case .arriveLateTick: "the tick of a worker that is gone is in the queue"
        case .blockTick(let worker):
            "\(Self.name(worker: worker)) finds its tick blocked"
        case .failTick(let worker):
            "\(Self.name(worker: worker)) hears no confirm of its tick"
        case .expireDirectly(let worker):
            "\(Self.name(worker: worker)) sends a batch that expires what is due, without a tick"
        case .die(let worker, let halfSent):
            "\(Self.name(worker: worker)) dies, or loses a connection"
                + (halfSent ? ", in the middle of sending its batch" : "")
        case .loseAnswer(let worker):
            "\(Self.name(worker: worker)) loses the database's answer, if there is one"
        case .freeze(let worker): "\(Self.name(worker: worker)) freezes"
        case .thaw(let worker): "\(Self.name(worker: worker)) goes on"
        case .dropFrozen(let worker):
            "the broker ends the connection of \(Self.name(worker: worker))"
        case .commitLate: "a batch whose worker is gone commits"
        case .loseLate: "a batch whose worker is gone is lost"
        case .raiseAlarm: "the broker blocks publishers"
        case .endAlarm: "the broker lets publishers go on"
        case .pause: "an operator pauses the event"
        case .resume: "an operator resumes the event"
        case .closeEvent: "the event is closed"
        case .unbind: "an operator unbinds the queue"
        case .deleteQueue: "an operator deletes the queue"
        }
    }

    private static func name(worker: Int) -> String { "worker \(["A", "B", "C"][worker])" }
    private static func name(ingress: Int) -> String { "ingress \(ingress + 1)" }
}
