/// Everything at one moment: an event's queue, its database, the workers and ingresses, and what the
/// clients know.
///
/// There is one event. Its commands are bookings with a key each; what they ask for does not matter,
/// only whether each is decided, once, and in which order. But a scenario may have requests of its own:
/// two bookings that are held, confirmed, extended, cancelled and expire by the database's clock.
package struct ProtocolState: Hashable, Sendable {
    var queue: QuorumQueue
    /// Whether the queue exists, and the exchange routes to it.
    var hasQueue = true
    var isBound = true
    var database = Database()
    /// Batches whose workers do not wait for them any more: they may still commit, or be lost.
    var late = LateTransactions()
    private var workers = (Worker(), Worker(), Worker())
    private var ingresses = (Ingress(), Ingress())
    /// What any client has asked for.
    var submitted = CommandSet()
    /// What a client was told 202 for.
    var accepted = CommandSet()
    var precedence = Precedence()
    /// When a confirmation was accepted that is not decided yet.
    var acceptedAt = TimePerBooking()
    /// The database's clock.
    var clock: UInt8 = 0
    /// A tick on its way whose worker is gone.
    var lateTick: UInt8?
    /// Whether the broker blocks publishers.
    var hasAlarm = false
    /// Whether an operator has paused the event.
    var isPaused = false
    /// Whether the event is closed: nobody asks for anything more.
    var isClosed = false
    /// How much of what the scenario allows is left.
    var left: Allowance

    package init(_ scenario: Scenario) {
        queue = QuorumQueue(isShared: scenario.variant == .hasSeveralConsumers)
        left = scenario.allowance
        database.available = scenario.stock
    }

    package static let workersMax = QuorumQueue.channelsMax
    package static let ingressesMax = 2

    subscript(worker index: Int) -> Worker {
        get {
            switch index {
            case 0: workers.0
            case 1: workers.1
            default: workers.2
            }
        }
        set {
            switch index {
            case 0: workers.0 = newValue
            case 1: workers.1 = newValue
            default: workers.2 = newValue
            }
        }
    }

    subscript(ingress index: Int) -> Ingress {
        get { index == 0 ? ingresses.0 : ingresses.1 }
        set {
            if index == 0 { ingresses.0 = newValue } else { ingresses.1 = newValue }
        }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.queue == right.queue && left.database == right.database && left.late == right.late
            && left.workers.0 == right.workers.0 && left.workers.1 == right.workers.1
            && left.workers.2 == right.workers.2 && left.ingresses.0 == right.ingresses.0
            && left.ingresses.1 == right.ingresses.1 && left.precedence == right.precedence
            && left.clientsAndOperators == right.clientsAndOperators && left.left == right.left
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(queue)
        hasher.combine(database)
        hasher.combine(late)
        hasher.combine(workers.0)
        hasher.combine(workers.1)
        hasher.combine(workers.2)
        hasher.combine(ingresses.0.rank)
        hasher.combine(ingresses.1.rank)
        hasher.combine(precedence)
        hasher.combine(clientsAndOperators)
        hasher.combine(left)
    }

    private var clientsAndOperators: UInt64 {
        var bits = UInt64(submitted.rawValue) << 8 | UInt64(accepted.rawValue)
        bits = bits << 8 | UInt64(acceptedAt.byte)
        bits = bits << 8 | UInt64(clock)
        bits = bits << 8 | UInt64(lateTick ?? 0)
        for flag in [hasQueue, isBound, hasAlarm, isPaused, isClosed] {
            bits = bits << 1 | (flag ? 1 : 0)
        }
        return bits
    }
}

// States that differ only in names are one.
extension ProtocolState {
    /// The state with its workers and ingresses in an order of their own, and its epochs counted anew.
    var canonical: ProtocolState {
        var state = self
        if state.ingresses.0.rank < state.ingresses.1.rank {
            swap(&state.ingresses.0, &state.ingresses.1)
        }
        state.renumberEpochs()
        state.order(0, 1)
        state.order(1, 2)
        state.order(0, 1)
        return state
    }

    /// Gives two workers each other's name if the second comes first.
    private mutating func order(_ one: Int, _ other: Int) {
        guard rank(of: one) < rank(of: other) else { return }
        let kept = self[worker: one]
        self[worker: one] = self[worker: other]
        self[worker: other] = kept
        queue.exchange(one, other)
    }

    /// Workers of equal rank are alike in all that matters, or it is found out later.
    private func rank(of worker: Int) -> Int {
        let channel = queue[worker]
        let worker = self[worker: worker]
        var rank = Int(worker.epoch) << 8 | Int(channel.consumer?.rawValue ?? 3) << 6
        rank |= Int(worker.channel.rawValue) << 4 | (worker.isFrozen ? 8 : 0)
        return rank | channel.inHand.count & 7
    }

    /// Drops what the fence will refuse whenever it comes, which is as if it were lost.
    mutating func dropHopelessTransactions() {
        for index in [1, 0] {
            guard let transaction = late[index], !transaction.isHalfSent else { continue }
            if !database.isHeld || transaction.epoch != database.epoch { late.remove(index) }
        }
    }

    /// Only which epoch is older matters: counts without gaps, from 1.
    private mutating func renumberEpochs() {
        var used: UInt64 = 1 << UInt64(database.epoch)
        for index in 0..<Self.workersMax { used |= 1 << UInt64(self[worker: index].epoch) }
        for index in 0..<Self.workersMax {
            if let epoch = self[worker: index].transaction?.epoch { used |= 1 << UInt64(epoch) }
        }
        for index in 0..<late.count { used |= 1 << UInt64(late[index]?.epoch ?? 0) }
        used &= ~1
        func number(_ epoch: UInt8) -> UInt8 {
            epoch == 0 ? 0 : UInt8((used & (2 << UInt64(epoch) &- 1)).nonzeroBitCount)
        }
        database.epoch = number(database.epoch)
        for index in 0..<Self.workersMax {
            self[worker: index].epoch = number(self[worker: index].epoch)
            if let epoch = self[worker: index].transaction?.epoch {
                self[worker: index].transaction?.epoch = number(epoch)
            }
        }
        late.renumber(number)
    }
}
