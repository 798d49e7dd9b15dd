package import AMQP
import BookingDomain
package import BookingKeys
package import Logging

/// The queue of the dead, for its operator: to look at letters, send them again, or throw them away.
///
/// Letters themselves are in the tables of their shards, and the queue has news of them; those of earlier
/// versions are in the queue alone.
///
/// A queue has no random access, so everything here is done by consuming: what is taken and not
/// acknowledged goes back in order when the channel closes. Nothing is lost by that however often it
/// is done, since the queue has no delivery limit and no dead letters of its own.
package struct DeadLetterQueue: Sendable {
    /// The most letters that are looked at; those behind them come up when letters before them go.
    package static let lettersMax = Int(UInt16.max)

    /// How long the next letter may take to come.
    private static let silenceMax = Duration.milliseconds(500)
    /// How long to wait for somebody else to finish reading, and how often to look.
    private static let turnMax = Duration.seconds(2)
    private static let turnInterval = Duration.milliseconds(50)

    private let configuration: AMQPConfiguration
    private let logger: Logger
    private let queue: String
    private let authenticator: CommandAuthenticator?

    /// Letters that are replayed are given their codes by `authenticator`.
    package init(
        configuration: AMQPConfiguration, authenticator: CommandAuthenticator? = nil, logger: Logger
    ) {
        self.init(
            configuration: configuration, queue: BookingTopology.dead, authenticator: authenticator,
            logger: logger)
    }

    init(
        configuration: AMQPConfiguration, queue: String,
        authenticator: CommandAuthenticator? = nil, logger: Logger
    ) {
        self.configuration = configuration
        self.authenticator = authenticator
        self.queue = queue
        self.logger = logger
    }

    /// The oldest letters, at most `max`, and how many there are; all of them stay.
    package func letters(max: Int) async throws(BrokerError) -> (
        letters: [BuriedLetter], count: Int
    ) {
        var letters: [BuriedLetter] = []
        let count = try await connected { connection in
            try await read(.all, max: max, on: connection) { letter in
                letters.append(letter)
                return false
            }
        }
        return (letters, count)
    }

    /// The letter that is meant, which stays; `nil` when there is none.
    package func letter(_ choice: LetterChoice) async throws(BrokerError) -> BuriedLetter? {
        var found: BuriedLetter?
        try await connected { connection in
            _ = try await read(choice, max: Self.lettersMax, on: connection) { letter in
                found = letter
                return false
            }
        }
        return found
    }

    /// Puts letters back into the lines they came from, unchanged; each leaves the dead only when the
    /// broker has it safe there.
    ///
    /// Should the connection end in between, a letter stands in both queues. That does no harm: a
    /// command is applied once, however often it comes.
    /// - Parameters:
    ///   - choice: The letters that are meant.
    ///   - doubtful: Whether all of them means those, too, of which nobody knows that one of us published them.
    ///   - told: Called for each of them, once it is done with.
    /// - Throws: When the broker does not answer; letters told of before are done with.
    package func replay(
        _ choice: LetterChoice, doubtful: Bool, told: (BuriedLetter, Replay) -> Void
    ) async throws(BrokerError) {
        try await connected { connection in
            let line = try await connection.openChannel()
            try await line.enablePublisherConfirms()
            _ = try await read(choice, max: Self.lettersMax, on: connection) { letter in
                let replay: Replay =
                    choice == .all && letter.isDoubtful && !doubtful
                    ? .isDoubtful : try await self.replay(letter, on: line)
                told(letter, replay)
                return replay == .done
            }
            await line.close()
        }
    }

    /// Puts letters into the lines they came from, unchanged, wherever they are; tells what became of each.
    package func replay(_ letters: [BuriedLetter]) async throws(BrokerError) -> [Replay] {
        var replays: [Replay] = []
        try await connected { connection in
            let channel = try await connection.openChannel()
            try await channel.enablePublisherConfirms()
            for letter in letters { replays.append(try await replay(letter, on: channel)) }
            await channel.close()
        }
        return replays
    }

    /// Throws letters away for ever.
    /// - Parameters:
    ///   - choice: The letters that are meant.
    ///   - told: Called for each of them.
    /// - Throws: When the broker does not answer; letters told of before may be gone.
    package func discard(
        _ choice: LetterChoice, told: (BuriedLetter) -> Void
    ) async throws(BrokerError) {
        try await connected { connection in
            _ = try await read(choice, max: Self.lettersMax, on: connection) { letter in
                told(letter)
                return true
            }
        }
    }

    /// What became of a letter that was to go back into its line.
    package enum Replay: Hashable, Sendable {
        case done
        /// It came from no event's line, so nobody knows where it belongs.
        case hasNoLine
        /// The event's queue is gone.
        case lineIsGone
        /// The event's queue takes no more.
        case lineIsFull
        /// Nobody knows that one of us published it, and a replay would make it ours.
        case isDoubtful
    }

    private func replay(
        _ letter: BuriedLetter, on channel: AMQPChannel
    ) async throws -> Replay {
        guard let event = letter.event else { return .hasNoLine }
        let publishing = AMQPPublishing(
            letter.body, type: letter.type, id: letter.id, to: event, codedBy: authenticator)
        let confirmation = try await channel.publish(
            publishing, to: BookingTopology.commands, routingKey: event.description,
            mandatory: true)
        switch confirmation {
        case .confirmed: return .done
        case .returned: return .lineIsGone
        case .nacked: return .lineIsFull
        }
    }

    /// Hands the letters that are meant to `handle`, oldest first, at most `max` of those that are
    /// there now; which of them go for good, it answers.
    /// - Returns: How many letters there are, those that went included.
    /// - Throws: When the broker does not answer, or fewer letters come than it has counted.
    private func read(
        _ choice: LetterChoice, max: Int, on connection: AMQPConnection,
        _ handle: (BuriedLetter) async throws -> Bool
    ) async throws -> Int {
        let channel = try await connection.openChannel()
        let count = try await countInTurn(on: channel)
        let wanted = Swift.min(count, max, choice.lastPosition ?? count, Self.lettersMax)
        // Takes all there are, however few are wanted: what is taken alone comes back behind those that
        // were taken and came back before.
        try await channel.setPrefetch(UInt16(Swift.min(Swift.max(count, 1), Self.lettersMax)))
        _ = try await channel.consume(queue, exclusive: true)
        var position = 0
        while position < wanted {
            let deliveries = try await next(on: channel, max: wanted - position)
            guard !deliveries.isEmpty else {
                throw BrokerError(
                    .unavailable, "only \(position) of \(wanted) dead letters came; ask again")
            }
            for delivery in deliveries {
                position += 1
                let letter = BuriedLetter(delivery, position: position)
                guard choice.includes(letter) else { continue }
                if try await handle(letter) {
                    try await channel.acknowledge(upTo: delivery.deliveryTag, multiple: false)
                }
                guard choice == .all else {
                    await channel.close()
                    return count
                }
            }
        }
        // A queue whose leader is slow says that it has none.
        if count == 0, try await !next(on: channel, max: 1).isEmpty {
            throw BrokerError(.unavailable, "the broker miscounted the dead letters; ask again")
        }
        await channel.close()
        return count
    }

    /// How many letters there are, once nobody else reads them.
    private func countInTurn(on channel: AMQPChannel) async throws -> Int {
        try await BookingTopology.declare([.dead], on: channel)
        let deadline = ContinuousClock.now + Self.turnMax
        while true {
            let status = try await channel.declareQueue(
                AMQPQueueDeclaration(name: queue, passive: true))
            if status.consumerCount == 0 { return Int(status.messageCount) }
            guard ContinuousClock.now < deadline else {
                throw BrokerError(.overloaded, "somebody else is reading the dead letters")
            }
            try await Task.sleep(for: Self.turnInterval)
        }
    }

    /// The next deliveries; none when none came for a while, or ever will.
    private func next(on channel: AMQPChannel, max: Int) async throws -> [AMQPDelivery] {
        let events = try await withThrowingTaskGroup { group in
            group.addTask { try await channel.nextEvents(max: max) }
            group.addTask {
                try await Task.sleep(for: Self.silenceMax)
                return []
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
        return events.compactMap { event in
            if case .delivery(let delivery) = event { delivery } else { nil }
        }
    }

    /// Runs `body` with a connection of its own.
    private func connected<Result>(
        _ body: (AMQPConnection) async throws -> Result
    ) async throws(BrokerError) -> Result {
        do {
            return try await AMQPConnection.with(configuration, logger: logger, body)
        } catch let error as AMQPError {
            throw BrokerError(error)
        } catch let error as BrokerError {
            throw error
        } catch {
            throw BrokerError(.unavailable, "\(error)")
        }
    }
}
