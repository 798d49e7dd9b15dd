/// The rules of the protocol: what can happen in a state, and what comes of it.
///
/// Each step is one function that checks whether the step is possible, does it, and throws when a
/// promise is broken. Its comment says which part of the program does it. To read in this order:
/// ``QuorumQueue``, `Rules+Ingress` (from a request to its 202), `Rules+Batches` (from a message to its
/// acknowledgement), `Rules+Ownership` (who may do that), `Rules+Faults`; then `Rules+Holds` and
/// `Rules+Ticks` (what time does to bookings).
///
/// What is simpler than in the program, and why that is enough:
/// - There is one event. Events share nothing but the lease and, in a worker, the channel.
/// - Nothing takes a certain time: whatever is due happens at any moment, or after anything else. So a
///   lease runs out as soon as its owner is frozen or gone, and never while the owner can renew it.
///   Only holds have a time: the database's clock, in a few steps, each at any moment.
/// - A worker that dies, or loses a connection, and one that does not know what became of a batch end in
///   the same way: messages back in the queue, the lease not given back, perhaps a batch still on its way.
/// - Telling outcomes and acknowledging are one step, since nobody's fate hangs on an outcome.
/// - A publish that comes late is the same to the queue as a client that asks again.
struct Rules: Sendable {
    let scenario: Scenario
    /// What is tried in each state.
    let steps: [Step]

    init(_ scenario: Scenario) {
        self.scenario = scenario
        steps = scenario.steps
    }

    func has(_ variant: Variant) -> Bool { scenario.variant == variant }

    /// Takes a step; `false` when it is not possible in this state.
    func take(
        _ step: Step, in state: inout ProtocolState
    ) throws(Violation) -> Bool {
        switch step {
        case .submit(let command, let ingress): submit(command, to: ingress, &state)
        case .route(let ingress): route(ingress, &state)
        case .arrive(let ingress): arrive(ingress, &state)
        case .confirm(let ingress): try confirm(ingress, &state)
        case .insist(let ingress): insist(ingress, &state)
        case .failPublish(let ingress): failPublish(ingress, &state)
        case .loseIngress(let ingress): loseIngress(ingress, &state)
        case .claim(let worker): claim(worker, &state)
        case .consume(let worker, let prefetch): consume(worker, prefetch, &state)
        case .decide(let worker, let messages, let looksUp):
            try decide(worker, messages, looksUp: looksUp, &state)
        case .giveUp(let worker, let command): giveUp(command, by: worker, &state)
        case .commit(let worker): try commit(worker, &state)
        case .acknowledge(let worker): try acknowledge(worker, &state)
        case .handOver(let worker): handOver(worker, &state)
        case .stopConsuming(let worker, let onTheWay): stopConsuming(worker, onTheWay, &state)
        case .pauseConsuming(let worker, let onTheWay): pauseConsuming(worker, onTheWay, &state)
        case .giveBack(let worker): giveBack(worker, &state)
        case .noticeLoss(let worker): noticeLoss(worker, &state)
        case .die(let worker, let halfSent): die(worker, halfSent: halfSent, &state)
        case .loseAnswer(let worker): loseAnswer(worker, &state)
        case .freeze(let worker): freeze(worker, &state)
        case .thaw(let worker): thaw(worker, &state)
        case .dropFrozen(let worker): dropFrozen(worker, &state)
        case .commitLate(let index): try commitLate(index, &state)
        case .loseLate(let index): loseLate(index, &state)
        case .stepClock: stepClock(&state)
        case .publishTick(let worker): publishTick(worker, &state)
        case .arriveTick(let worker): arriveTick(worker, &state)
        case .arriveLateTick: arriveLateTick(&state)
        case .blockTick(let worker): blockTick(worker, &state)
        case .failTick(let worker): failTick(worker, &state)
        case .expireDirectly(let worker): expireDirectly(worker, &state)
        case .raiseAlarm: raiseAlarm(&state)
        case .endAlarm: endAlarm(&state)
        case .pause: pause(&state)
        case .resume: resume(&state)
        case .closeEvent: closeEvent(&state)
        case .unbind: unbind(&state)
        case .deleteQueue: try deleteQueue(&state)
        }
    }
}
