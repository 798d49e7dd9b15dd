/// Visits every state that a scenario can reach, breadth first, and checks what the protocol promises.
///
/// A state is remembered by a fingerprint of 64 bits, as TLC does: that any two of a million states share
/// one, and so one of them is left out, has a chance of one in thirty million.
package struct Explorer {
    /// The most states visited; more would take some 6 GB, and soon their steps not be counted in 32 bits.
    package static let statesMax = 100_000_000

    private let rules: Rules
    private let scenario: Scenario
    private var index = StateIndex()
    /// By state: the state it was first reached from.
    private var origins: [UInt32] = []
    /// By state: where the steps lead that need no fault and no client.
    private var dueSteps = Edges()
    /// By state: whether the queue is empty.
    private var isEmpty: [Bool] = []
    /// By state: whether, besides, no hold has lapsed that is not expired.
    private var isDone: [Bool] = []
    /// By step of the rules: how often it was possible.
    private var timesTaken: [Int]

    package init(_ scenario: Scenario) {
        self.scenario = scenario
        rules = Rules(scenario)
        timesTaken = Array(repeating: 0, count: rules.steps.count)
    }

    /// Explores all there is, or until a promise is broken; gives up beyond `statesMax` states.
    package mutating func explore(statesMax: Int = Self.statesMax) -> Exploration {
        var level = [visit(ProtocolState(scenario), from: 0)].compactMap { $0 }
        var depth = 0
        while !level.isEmpty {
            var next: [(number: UInt32, state: ProtocolState)] = []
            for (number, state) in level {
                if let counterexample = expand(state, number, into: &next) {
                    return exploration(depth, counterexample)
                }
                guard index.count <= statesMax else { return exploration(depth, isWhole: false) }
            }
            level = next
            depth += 1
        }
        return exploration(depth - 1, undrainable())
    }

    private func exploration(
        _ depth: Int, _ counterexample: Counterexample? = nil, isWhole: Bool = true
    ) -> Exploration {
        Exploration(
            states: index.count, steps: timesTaken.reduce(0, +), depth: depth, isWhole: isWhole,
            timesTaken: Dictionary(uniqueKeysWithValues: zip(rules.steps, timesTaken)),
            counterexample: counterexample)
    }

    /// Takes every step of a state; returns a counterexample if one of them breaks a promise.
    private mutating func expand(
        _ state: ProtocolState, _ number: UInt32,
        into next: inout [(number: UInt32, state: ProtocolState)]
    ) -> Counterexample? {
        dueSteps.begin()
        let mayThaw = (0..<scenario.workers).allSatisfy { state[worker: $0].isFrozen }
        for (place, step) in rules.steps.enumerated() {
            var successor = state
            do throws(Violation) {
                guard try rules.take(step, in: &successor) else { continue }
            } catch {
                return counterexample(to: number, error, byNextStep: true)
            }
            timesTaken[place] += 1
            let normal = normalized(successor)
            let (found, isNew) = index.insert(normal.fingerprint)
            if isNew {
                enter(normal, from: number)
                next.append((found, normal))
            }
            if step.isDue || mayThaw && step.isThaw { dueSteps.append(found) }
        }
        return nil
    }

    private mutating func visit(
        _ state: ProtocolState, from origin: UInt32
    ) -> (number: UInt32, state: ProtocolState)? {
        let normal = normalized(state)
        let (found, isNew) = index.insert(normal.fingerprint)
        guard isNew else { return nil }
        enter(normal, from: origin)
        return (found, normal)
    }

    private mutating func enter(_ state: ProtocolState, from origin: UInt32) {
        origins.append(origin)
        let lapsed = scenario.hasHolds ? state.database.bookings.lapsed(at: state.clock) : []
        isEmpty.append(state.queue.messageCount == 0)
        isDone.append(state.queue.messageCount == 0 && lapsed.isEmpty)
    }

    /// The one of several states alike that stands for all.
    private func normalized(_ state: ProtocolState) -> ProtocolState {
        var state = state
        if !rules.has(.hasNoFence) { state.dropHopelessTransactions() }
        // Whom a queue without a single active consumer serves first goes by name, in the model.
        return rules.has(.hasSeveralConsumers) ? state : state.canonical
    }

    /// The shortest way to a state from which nothing leads to an empty queue, or to the end of a hold that
    /// has lapsed.
    private func undrainable() -> Counterexample? {
        if let stuck = dueSteps.reaching(isEmpty).firstIndex(of: false) {
            return counterexample(to: UInt32(stuck), .cannotDrain, byNextStep: false)
        }
        guard scenario.hasHolds else { return nil }
        let canExpire = dueSteps.reaching(isDone)
        guard let stuck = isEmpty.indices.first(where: { isEmpty[$0] && !canExpire[$0] }) else {
            return nil
        }
        return counterexample(to: UInt32(stuck), .lapsedHoldStays, byNextStep: false)
    }
}

// Telling how a state was reached.
extension Explorer {
    /// Goes the way again, in names that stay the same.
    private func counterexample(
        to number: UInt32, _ violation: Violation, byNextStep isBroken: Bool
    ) -> Counterexample {
        var way = [number]
        while let first = way.last, first != 0 { way.append(origins[Int(first)]) }
        var state = ProtocolState(scenario)
        var steps: [(step: Step, places: CommandPlaces)] = []
        for target in way.reversed().dropFirst() {
            guard let (step, successor) = move(from: state, to: target) else { break }
            state = successor
            steps.append((step, CommandPlaces(state, in: scenario)))
        }
        if isBroken, let step = breakingStep(from: state, violation) {
            steps.append((step, CommandPlaces(state, in: scenario)))
        }
        return Counterexample(
            steps: steps, requests: scenario.requests, violation: violation)
    }

    private func move(
        from state: ProtocolState, to target: UInt32
    ) -> (Step, ProtocolState)? {
        for step in rules.steps {
            var successor = state
            guard (try? rules.take(step, in: &successor)) == true else { continue }
            if index.fingerprints[Int(target)] == normalized(successor).fingerprint {
                return (step, successor)
            }
        }
        return nil
    }

    private func breakingStep(from state: ProtocolState, _ violation: Violation) -> Step? {
        rules.steps.first { step in
            var successor = state
            do throws(Violation) {
                _ = try rules.take(step, in: &successor)
                return false
            } catch { return error.isLike(violation) }
        }
    }
}

extension ProtocolState {
    fileprivate var fingerprint: UInt64 {
        var hasher = Hasher()
        hash(into: &hasher)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}

extension Step {
    fileprivate var isThaw: Bool {
        if case .thaw = self { true } else { false }
    }
}
