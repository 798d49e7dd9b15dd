extension Scenario {
    /// Every step that is possible in some state; those that it does not allow are left out.
    var steps: [Step] {
        var steps: [Step] = []
        for ingress in 0..<ingresses { steps += self.steps(ofIngress: ingress) }
        for worker in 0..<workers {
            steps += self.steps(ofWorker: worker) + faults(ofWorker: worker)
        }
        if leavesBatchesBehind {
            for index in 0..<LateTransactions.countMax {
                steps += [.commitLate(index), .loseLate(index)]
            }
        }
        if hasHolds { steps += ticks }
        if allowance.alarms > 0 { steps += [.raiseAlarm, .endAlarm] }
        if allowance.pauses > 0 { steps += [.pause, .resume] }
        if allowance.deletions > 0 { steps += [.closeEvent, .unbind, .deleteQueue] }
        return steps
    }

    /// Whether a worker may be gone while its batch is on its way.
    private var leavesBatchesBehind: Bool {
        allowance.deaths > 0 || allowance.freezes > 0 || variant == .pausesInMidBatch
    }

    private func steps(ofIngress ingress: Int) -> [Step] {
        var steps = (0..<commands).map { Step.submit(command: $0, ingress: ingress) }
        steps += [.arrive(ingress: ingress), .confirm(ingress: ingress)]
        if allowance.deletions > 0 { steps.append(.route(ingress: ingress)) }
        if allowance.failedPublishes > 0 || allowance.alarms > 0 {
            steps += [.insist(ingress: ingress), .failPublish(ingress: ingress)]
            steps.append(.loseIngress(ingress: ingress))
        }
        return steps
    }

    private var ticks: [Step] {
        var steps: [Step] = [.stepClock, .arriveLateTick]
        for worker in 0..<workers {
            steps += [.publishTick(worker: worker), .arriveTick(worker: worker)]
            if allowance.alarms > 0 { steps.append(.blockTick(worker: worker)) }
            if allowance.failedPublishes > 0 { steps.append(.failTick(worker: worker)) }
            steps.append(.expireDirectly(worker: worker))
        }
        return steps
    }

    private func steps(ofWorker worker: Int) -> [Step] {
        var steps: [Step] = [.claim(worker: worker), .commit(worker: worker)]
        steps += [.acknowledge(worker: worker), .noticeLoss(worker: worker)]
        let smallest = variant == .prefetchShrinks ? 1 : prefetch
        for size in smallest...prefetch { steps.append(.consume(worker: worker, prefetch: size)) }
        let cancels = variant == .cancelsAtPause || variant == .cancelsAtHandOver
        // What cancelled consumers left in hand comes on top of the prefetch.
        for count in 1...(cancels ? 2 : 1) * Int(prefetch) {
            for looksUp in [true, false] {
                steps.append(.decide(worker: worker, messages: count, looksUp: looksUp))
            }
        }
        for onTheWay in 0...(cancels ? Int(prefetch) : 0) {
            if allowance.pauses > 0 {
                steps.append(.pauseConsuming(worker: worker, onTheWay: onTheWay))
            }
            if variant == .cancelsAtHandOver {
                steps.append(.stopConsuming(worker: worker, onTheWay: onTheWay))
            }
        }
        if allowance.handOvers > 0 { steps.append(.handOver(worker: worker)) }
        if allowance.surrenders > 0 {
            for command in 0..<commands { steps.append(.giveUp(worker: worker, command: command)) }
        }
        if variant == .givesBackByReject { steps.append(.giveBack(worker: worker)) }
        return steps
    }

    private func faults(ofWorker worker: Int) -> [Step] {
        var steps: [Step] = []
        if allowance.deaths > 0 {
            steps += [.die(worker: worker, halfSent: false), .die(worker: worker, halfSent: true)]
        }
        if allowance.freezes > 0 {
            steps += [.freeze(worker: worker), .thaw(worker: worker), .dropFrozen(worker: worker)]
        }
        if variant == .keepsLedgerAfterUnknownCommit { steps.append(.loseAnswer(worker: worker)) }
        return steps
    }
}
