import ProtocolModel

/// What may be going on in the broker: a queue of the model, and what that queue has not heard of yet.
///
/// The broker is not deterministic to us in two things: how much was on its way when a consumer is
/// cancelled, and when the queue hears of what a channel did by itself. So a history is compared with a
/// set of worlds, of which one at least must explain everything seen.
struct World: Hashable {
    private(set) var queue = QuorumQueue()
    /// What each channel was given and gets to see, in order.
    private(set) var given = [[Message]](repeating: [], count: QuorumQueue.channelsMax)
    private var pending: [News] = []

    /// What the queue is about to hear of a channel.
    private enum News: Hashable {
        /// The broker gives back what did not reach a cancelled consumer.
        case givenBack(Message, channel: Int)
        case ended(channel: Int)

        var channel: Int {
            switch self {
            case .givenBack(_, let channel), .ended(let channel): channel
            }
        }
    }

    /// What the broker tells of the queue, as far as the model knows it.
    var status: Status {
        let channels = (0..<QuorumQueue.channelsMax).map { queue[$0] }
        return Status(
            ready: queue.ready.count + queue.returned.count,
            consumers: channels.count { $0.consumer == .active }
                + channels.count { !$0.left.isEmpty })
    }

    struct Status: Hashable {
        let ready: Int
        /// The active one, and those cancelled that still hold something; not those that wait.
        let consumers: Int
    }

    /// All worlds that this one may become by itself, itself included.
    var futures: Set<World> {
        var found: Set<World> = [self]
        var open = [self]
        while let world = open.popLast() {
            for next in world.next where found.insert(next).inserted { open.append(next) }
        }
        return found
    }

    /// The worlds after one more piece of news; what a channel did arrives in its order.
    private var next: [World] {
        pending.indices.compactMap { index in
            let channel = pending[index].channel
            guard !pending[..<index].contains(where: { $0.channel == channel }) else { return nil }
            var world = self
            world.hear(world.pending.remove(at: index))
            return world
        }
    }

    private mutating func hear(_ news: News) {
        switch news {
        case .ended(let channel): note(queue.channelEnded(channel))
        case .givenBack(let message, let channel):
            guard let index = queue[channel].inHand.firstIndex(of: message) else { return }
            note(queue.giveBack(index, on: channel))
        }
    }

    private mutating func note(_ handout: QuorumQueue.Handout?) {
        guard let handout, !pending.contains(.ended(channel: handout.channel)) else { return }
        given[handout.channel] += handout.messages
    }
}

// What a history does to the queue.
extension World {
    mutating func publish(_ message: Message) { note(queue.enqueue(message)) }

    mutating func consume(on channel: Int, prefetch: UInt8) {
        catchUp(with: channel)
        note(queue.consume(on: channel, prefetch: prefetch))
    }

    mutating func settle(_ count: Int, on channel: Int) {
        catchUp(with: channel)
        note(queue.settle(count, on: channel))
    }

    mutating func giveBack(_ index: Int, on channel: Int) {
        catchUp(with: channel)
        note(queue.giveBack(index, on: channel))
    }

    /// Hears all that is pending of a channel: what it does next is heard after that.
    ///
    /// The name of a channel that has ended is used again only after the broker was seen to know.
    private mutating func catchUp(with channel: Int) {
        while let index = pending.firstIndex(where: { $0.channel == channel }) {
            hear(pending.remove(at: index))
        }
    }

    /// Cancels the consumer of a channel that had seen `seen` messages by then.
    mutating func cancel(on channel: Int, seen: Int) {
        catchUp(with: channel)
        note(queue.cancel(on: channel))
        pending += given[channel].dropFirst(seen).map { .givenBack($0, channel: channel) }
        given[channel] = Array(given[channel].prefix(seen))
    }

    mutating func end(_ channel: Int) {
        given[channel] = []
        pending.append(.ended(channel: channel))
    }
}
