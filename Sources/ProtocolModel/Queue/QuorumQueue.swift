/// An event's queue in the broker: a RabbitMQ quorum queue with a single active consumer and without a
/// limit of deliveries.
///
/// What it does with an order is what the whole protocol stands on. Two rules are not what one expects:
///
/// - A message that a consumer *gives back* (`basic.reject` or `basic.nack` with `requeue`) goes to the
///   **tail**. After `basic.cancel` the broker itself gives back what was on its way to the consumer.
/// - When a *channel ends*, whatever it had in hand goes back in order **before everything that waits,
///   but behind what others gave back before and nobody has taken since**.
///
/// `QueueConformanceTests` holds this type to a real broker. The rules are those of `rabbit_fifo` in
/// RabbitMQ 3.10; ``BookingTopology`` declares the queue.
package struct QuorumQueue: Hashable, Sendable {
    /// How many channels may have to do with the queue.
    package static let channelsMax = 3

    /// What waits and was never given out, or was given back by its consumer.
    package private(set) var ready = MessageList()
    /// What came back from channels that ended; it goes out first.
    package private(set) var returned = MessageList()
    /// The channels that consume the queue or hold messages of it.
    private var slots = (QueueChannel(), QueueChannel(), QueueChannel())
    /// The waiting consumers' channels in the order of their turns, two bits each plus one.
    private var turns: UInt8 = 0

    /// Whether all consumers are active, as without a single active consumer (a variant).
    private let isShared: Bool

    package init(isShared: Bool = false) { self.isShared = isShared }

    package static func == (left: Self, right: Self) -> Bool {
        left.ready == right.ready && left.returned == right.returned && left.turns == right.turns
            && left.slots.0 == right.slots.0 && left.slots.1 == right.slots.1
            && left.slots.2 == right.slots.2
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(ready)
        hasher.combine(returned)
        hasher.combine(turns)
        hasher.combine(slots.0)
        hasher.combine(slots.1)
        hasher.combine(slots.2)
    }

    /// What a channel has to do with the queue.
    package private(set) subscript(channel: Int) -> QueueChannel {
        get {
            switch channel {
            case 0: slots.0
            case 1: slots.1
            default: slots.2
            }
        }
        set {
            switch channel {
            case 0: slots.0 = newValue
            case 1: slots.1 = newValue
            default: slots.2 = newValue
            }
        }
    }

    /// Every message that the queue has not been told to forget.
    package var messages: [Message] {
        let held = (0..<Self.channelsMax).flatMap { Array(self[$0].inHand) }
        return Array(returned) + Array(ready) + held
    }

    /// Whether one more message fits into the lists of the model.
    package var hasRoom: Bool { messageCount < MessageList.countMax }

    package var messageCount: Int {
        var count = ready.count + returned.count
        for channel in 0..<Self.channelsMax {
            count += self[channel].left.count + self[channel].unsettled.count
        }
        return count
    }

    /// What the active consumer is given in one go.
    package struct Handout: Hashable, Sendable {
        package var channel: Int
        package var messages = MessageList()
    }

    // MARK: What a publisher does

    /// A message arrives, at the tail.
    @discardableResult
    package mutating func enqueue(_ message: Message) -> Handout? {
        ready.append(message)
        return deliver()
    }

    // MARK: What a consumer does

    /// `basic.consume`: the first consumer is active, the others wait for their turn.
    @discardableResult
    package mutating func consume(on channel: Int, prefetch: UInt8) -> Handout? {
        self[channel].consumer = isShared ? .active : .waiting
        self[channel].prefetch = prefetch
        if !isShared { turns |= UInt8(channel + 1) << (2 * UInt8(turnCount)) }
        activateNext()
        return deliver()
    }

    /// `basic.ack` with `multiple`: the first `count` messages in the channel's hand are done.
    @discardableResult
    package mutating func settle(_ count: Int, on channel: Int) -> Handout? {
        let ofCancelled = Swift.min(count, self[channel].left.count)
        self[channel].left.removeFirst(ofCancelled)
        self[channel].unsettled.removeFirst(count - ofCancelled)
        return deliver()
    }

    /// `basic.reject` with `requeue`: one message goes to the tail.
    @discardableResult
    package mutating func giveBack(_ index: Int, on channel: Int) -> Handout? {
        let ofCancelled = self[channel].left.count
        let message =
            index < ofCancelled
            ? self[channel].left.remove(at: index)
            : self[channel].unsettled.remove(at: index - ofCancelled)
        ready.append(message.comingBack)
        return deliver()
    }

    /// `basic.cancel`: the next consumer's turn comes **at once**, while the channel keeps what it has.
    ///
    /// What has not got through to the channel yet is given back by the broker, one by one, a moment
    /// later: that is ``giveBack(_:on:)``.
    @discardableResult
    package mutating func cancel(on channel: Int) -> Handout? {
        removeTurn(of: channel)
        self[channel].consumer = nil
        self[channel].left.append(contentsOf: self[channel].unsettled)
        self[channel].unsettled = MessageList()
        activateNext()
        return deliver()
    }

    /// The channel, its connection or its client has ended, and the queue has heard of it.
    @discardableResult
    package mutating func channelEnded(_ channel: Int) -> Handout? {
        removeTurn(of: channel)
        returned.append(contentsOf: self[channel].left.comingBack)
        returned.append(contentsOf: self[channel].unsettled.comingBack)
        self[channel] = QueueChannel()
        activateNext()
        return deliver()
    }

    // MARK: What the queue does by itself

    /// Gives out messages as long as the active consumer may have more: first what came back.
    private mutating func deliver() -> Handout? {
        var handout: Handout?
        while let channel = receiver, let message = returned.popFirst() ?? ready.popFirst() {
            self[channel].unsettled.append(message)
            handout = handout ?? Handout(channel: channel)
            handout?.messages.append(message)
        }
        return handout
    }

    /// The channel that the next message goes to, if any may have one more.
    private var receiver: Int? {
        (0..<Self.channelsMax).first {
            self[$0].consumer == .active && self[$0].unsettled.count < self[$0].prefetch
        }
    }

    private var hasActiveConsumer: Bool {
        (0..<Self.channelsMax).contains { self[$0].consumer == .active }
    }

    /// Lets the consumer that has waited longest have the queue, if nobody has it.
    private mutating func activateNext() {
        guard !hasActiveConsumer, turns != 0 else { return }
        let next = Int(turns & 3) - 1
        turns >>= 2
        self[next].consumer = .active
    }

    private var turnCount: Int { (UInt8.bitWidth - turns.leadingZeroBitCount + 1) / 2 }

    private mutating func removeTurn(of channel: Int) {
        var remaining: UInt8 = 0
        var count: UInt8 = 0
        while turns != 0 {
            if Int(turns & 3) - 1 != channel {
                remaining |= (turns & 3) << (2 * count)
                count += 1
            }
            turns >>= 2
        }
        turns = remaining
    }

    /// The same queue with the names of two channels exchanged.
    package mutating func exchange(_ one: Int, _ other: Int) {
        let kept = self[one]
        self[one] = self[other]
        self[other] = kept
        var renamed: UInt8 = 0
        for place in 0..<UInt8(turnCount) {
            let channel = Int((turns >> (2 * place)) & 3) - 1
            let name = channel == one ? other : channel == other ? one : channel
            renamed |= UInt8(name + 1) << (2 * place)
        }
        turns = renamed
    }
}
