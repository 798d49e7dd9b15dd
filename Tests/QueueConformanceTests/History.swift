import ProtocolModel

/// A random history of a queue: done to a real broker and to the model, and compared after each step.
struct History {
    /// What is done, as far as what was delivered leaves a choice.
    enum Step: Hashable, CustomStringConvertible {
        case publish(UInt8)
        case consume(channel: Int, prefetch: UInt8)
        case settle(Int, channel: Int)
        case giveBack(Int, channel: Int)
        case cancel(channel: Int)
        /// Cancels while what the acknowledgement made room for may be on its way.
        case settleAndCancel(Int, channel: Int)
        case close(channel: Int)
        case cut(channel: Int)

        var description: String {
            switch self {
            case .publish(let payload): "publish \(payload)"
            case .consume(let channel, let prefetch): "consume on \(channel), prefetch \(prefetch)"
            case .settle(let count, let channel): "acknowledge \(count) on \(channel)"
            case .giveBack(let index, let channel): "give back number \(index + 1) of \(channel)"
            case .cancel(let channel): "cancel on \(channel)"
            case .settleAndCancel(let count, let channel):
                "acknowledge \(count) on \(channel) and cancel at once"
            case .close(let channel): "close \(channel)"
            case .cut(let channel): "cut the connection of \(channel)"
            }
        }
    }

    /// The model does not explain what the broker did.
    struct Divergence: Error, CustomStringConvertible {
        let description: String
    }

    private static let prefetchMax: UInt8 = 3
    /// How long the broker may take to show that a step is done.
    private static let patience = Duration.seconds(10)

    private var random: SplitMix
    private var worlds: Set<World> = [World()]
    private var steps: [Step] = []
    private var lastPayload: UInt8 = 0
    private var channels = [Channel](repeating: Channel(), count: QuorumQueue.channelsMax)

    /// What the history knows of a channel.
    private struct Channel {
        var isOpen = false
        var consumes = false
        /// What it was given and has not settled, in order.
        var hand: [(message: Message, tag: UInt64)] = []
        /// How many messages it was given.
        var seen = 0
        /// How many in its hand a cancelled consumer was given.
        var left = 0
    }

    init(seed: UInt64) { random = SplitMix(state: seed) }

    /// Does `count` steps, then lets one consumer have everything that is left.
    mutating func run(_ count: Int, on queue: RealQueue) async throws {
        for _ in 0..<count { try await take(chosenStep(), on: queue) }
        for index in channels.indices where channels[index].isOpen {
            try await take(.close(channel: index), on: queue)
        }
        try await take(.consume(channel: 0, prefetch: UInt8(MessageList.countMax)), on: queue)
    }

    private mutating func take(_ step: Step, on queue: RealQueue) async throws {
        steps.append(step)
        try await perform(step, on: queue)
        try await compare(with: queue)
    }

    /// Waits until a world shows what the broker shows; those that what was seen rules out are dropped.
    private mutating func compare(with queue: RealQueue) async throws {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            let status = try await queue.status()
            try queue.read()
            let seen = queue.seen.map { $0.map(\.message) }
            var possible: Set<World> = []
            for world in worlds { possible.formUnion(world.futures) }
            possible = possible.filter { world in
                zip(world.given, seen).allSatisfy { $0.starts(with: $1) }
            }
            if possible.contains(where: { $0.given == seen && $0.status == status }) {
                worlds = possible
                for index in channels.indices { notice(queue.seen[index], on: index) }
                return
            }
            guard !possible.isEmpty, .now < deadline else {
                throw Divergence(description: report(seen, status))
            }
        }
    }

    private mutating func notice(_ seen: [(message: Message, tag: UInt64)], on index: Int) {
        channels[index].hand += seen.dropFirst(channels[index].seen)
        channels[index].seen = seen.count
    }

    private func report(_ seen: [[Message]], _ status: World.Status) -> String {
        func text(_ messages: [Message]) -> String {
            messages.map { "\($0.payload)\($0.isRedelivered ? "r" : "")" }
                .joined(separator: " ")
        }
        let worlds = worlds.map { world in
            "  model: \(world.given.map(text)), \(world.status)"
        }
        return """
            the model does not explain what the broker did after
            \(steps.map { "  \($0)" }.joined(separator: "\n"))
              broker: \(seen.map(text)), \(status)
            \(worlds.joined(separator: "\n"))
            """
    }
}

// Choosing steps and doing them.
extension History {
    private mutating func chosenStep() -> Step {
        let inQueue = worlds.map(\.queue.messageCount).max() ?? 0
        var choices: [Step] = []
        if inQueue < MessageList.countMax, lastPayload < Message.payloads.upperBound {
            // As likely as all else together: without messages nothing can be seen.
            choices += Array(repeating: .publish(lastPayload + 1), count: 5)
        }
        for (index, channel) in channels.enumerated() {
            if !channel.consumes {
                let prefetch = UInt8.random(in: 1...Self.prefetchMax, using: &random)
                choices += Array(
                    repeating: .consume(channel: index, prefetch: prefetch), count: 2)
            }
            if !channel.hand.isEmpty {
                let count = Int.random(in: 1...channel.hand.count, using: &random)
                choices += Array(repeating: .settle(count, channel: index), count: 2)
                choices.append(.giveBack(count - 1, channel: index))
                // Cancelled consumers are told apart by what is left of them: one at a time.
                if channel.consumes, channel.left == 0 {
                    choices.append(.settleAndCancel(count, channel: index))
                }
            }
            if channel.consumes, channel.left == 0 { choices.append(.cancel(channel: index)) }
            if channel.isOpen { choices += [.close(channel: index), .cut(channel: index)] }
        }
        return choices.randomElement(using: &random) ?? .publish(lastPayload)
    }

    private mutating func perform(_ step: Step, on queue: RealQueue) async throws {
        switch step {
        case .publish(let payload):
            guard let message = Message(payload: payload) else { return }
            lastPayload = payload
            try await queue.publish(message)
            transform { $0.publish(message) }
        case .consume(let index, let prefetch):
            try await queue.consume(on: index, prefetch: prefetch)
            channels[index].isOpen = true
            channels[index].consumes = true
            transform { $0.consume(on: index, prefetch: prefetch) }
        case .settle(let count, let index): try await settle(count, on: index, of: queue)
        case .giveBack(let place, let index):
            try await queue.giveBack(channels[index].hand[place].tag, on: index)
            channels[index].hand.remove(at: place)
            if place < channels[index].left { channels[index].left -= 1 }
            transform { $0.giveBack(place, on: index) }
        case .cancel(let index): try await cancel(index, of: queue)
        case .settleAndCancel(let count, let index):
            try await settle(count, on: index, of: queue)
            try await cancel(index, of: queue)
        case .close(let index):
            await queue.close(index)
            end(index)
        case .cut(let index):
            await queue.cut(index)
            end(index)
        }
    }

    private mutating func settle(
        _ count: Int, on index: Int, of queue: RealQueue
    ) async throws {
        try await queue.settle(upTo: channels[index].hand[count - 1].tag, on: index)
        channels[index].hand.removeFirst(count)
        channels[index].left = max(0, channels[index].left - count)
        transform { $0.settle(count, on: index) }
    }

    private mutating func cancel(_ index: Int, of queue: RealQueue) async throws {
        try await queue.cancel(on: index)
        // Whatever reached the channel came before the answer.
        try queue.read()
        notice(queue.seen[index], on: index)
        channels[index].consumes = false
        channels[index].left = channels[index].hand.count
        let seen = queue.seen[index].count
        transform { $0.cancel(on: index, seen: seen) }
    }

    private mutating func end(_ index: Int) {
        channels[index] = Channel()
        transform { $0.end(index) }
    }

    private mutating func transform(_ change: (inout World) -> Void) {
        worlds = Set(
            worlds.flatMap { world in
                world.futures.map { future in
                    var changed = future
                    change(&changed)
                    return changed
                }
            })
    }
}

/// A generator whose seed gives the same history again (Steele, Lea and Flood, 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
