import BookingBroker
import BookingStore
import Postgres

/// Where dead letters are, for the commands that look at them.
protocol Graveyard: Sendable {
    /// The oldest letters, at most `max`, and how many there are.
    func letters(max: Int) async throws(CommandFailure) -> (letters: [BuriedLetter], count: Int)

    /// The letter that is meant; `nil` when there is none.
    func letter(_ choice: LetterChoice) async throws(CommandFailure) -> BuriedLetter?

    /// Puts letters back into the lines they came from; each leaves the dead when it is safe there.
    ///
    /// All of them are those of which it is known that one of us published them, unless `doubtful` says more.
    func replay(
        _ choice: LetterChoice, doubtful: Bool, told: (BuriedLetter, DeadLetterQueue.Replay) -> Void
    ) async throws(CommandFailure)

    /// Throws letters away for ever.
    func discard(
        _ choice: LetterChoice, told: (BuriedLetter) -> Void
    ) async throws(CommandFailure)
}

/// The letters in the tables of the shards.
struct LetterTables: Graveyard {
    let databases: [BookingDatabase]
    /// By way of which they go back into their lines.
    let queue: DeadLetterQueue

    private var repository: LetterRepository {
        LetterRepository(shards: ShardPools(databases.map(\.pool)))
    }

    func letters(max: Int) async throws(CommandFailure) -> (letters: [BuriedLetter], count: Int) {
        let (entries, count) = try await read(max: max)
        return (entries.map(\.letter), count)
    }

    func letter(_ choice: LetterChoice) async throws(CommandFailure) -> BuriedLetter? {
        try await chosen(choice).first?.letter
    }

    func replay(
        _ choice: LetterChoice, doubtful: Bool, told: (BuriedLetter, DeadLetterQueue.Replay) -> Void
    ) async throws(CommandFailure) {
        var chosen = try await chosen(choice)
        if choice == .all, !doubtful {
            for (_, letter) in chosen where letter.isDoubtful { told(letter, .isDoubtful) }
            chosen.removeAll(where: \.letter.isDoubtful)
        }
        let replays = try await asking { () async throws(BrokerError) in
            try await queue.replay(chosen.map(\.letter))
        }
        for ((entry, letter), replay) in zip(chosen, replays) {
            // Should this fail, the letter stays as well: what is replayed twice is applied once.
            if replay == .done { try await delete(entry) }
            told(letter, replay)
        }
    }

    func discard(
        _ choice: LetterChoice, told: (BuriedLetter) -> Void
    ) async throws(CommandFailure) {
        for (entry, letter) in try await chosen(choice) {
            try await delete(entry)
            told(letter)
        }
    }

    private func chosen(
        _ choice: LetterChoice
    ) async throws(CommandFailure) -> [(entry: LetterRepository.Entry, letter: BuriedLetter)] {
        let entries = try await read(max: DeadLetterQueue.lettersMax).entries
        let chosen = entries.filter { choice.includes($0.letter) }
        return choice == .all ? chosen : Array(chosen.prefix(1))
    }

    private func read(
        max: Int
    ) async throws(CommandFailure) -> (
        entries: [(entry: LetterRepository.Entry, letter: BuriedLetter)], count: Int
    ) {
        let (entries, count) = try await storing { () async throws(StoreError) in
            try await repository.letters(max: max)
        }
        let letters = entries.enumerated().map { index, entry in
            let letter = entry.letter
            return (
                entry,
                BuriedLetter(
                    digest: letter.digest.hash, position: index + 1, event: letter.event,
                    problem: letter.problem, type: letter.type, body: letter.body)
            )
        }
        return (letters, count)
    }

    private func delete(_ entry: LetterRepository.Entry) async throws(CommandFailure) {
        try await storing { () async throws(StoreError) in try await repository.delete(entry) }
    }

    private func storing<Value>(
        _ body: () async throws(StoreError) -> Value
    ) async throws(CommandFailure) -> Value {
        for database in databases {
            switch await database.check() {
            case .fine: break
            case .wrong(let reason), .unreachable(let reason):
                throw CommandFailure("\(database.name) (\(database.address)): \(reason)")
            }
        }
        do throws(StoreError) { return try await body() } catch {
            throw CommandFailure("the shard databases: \(error.message)")
        }
    }
}

/// The letters in the broker's queue: news of those in the tables, and those of earlier versions.
struct LetterQueue: Graveyard {
    let queue: DeadLetterQueue

    func letters(max: Int) async throws(CommandFailure) -> (letters: [BuriedLetter], count: Int) {
        try await asking { () async throws(BrokerError) in try await queue.letters(max: max) }
    }

    func letter(_ choice: LetterChoice) async throws(CommandFailure) -> BuriedLetter? {
        try await asking { () async throws(BrokerError) in try await queue.letter(choice) }
    }

    func replay(
        _ choice: LetterChoice, doubtful: Bool, told: (BuriedLetter, DeadLetterQueue.Replay) -> Void
    ) async throws(CommandFailure) {
        try await asking { () async throws(BrokerError) in
            try await queue.replay(choice, doubtful: doubtful, told: told)
        }
    }

    func discard(
        _ choice: LetterChoice, told: (BuriedLetter) -> Void
    ) async throws(CommandFailure) {
        try await asking { () async throws(BrokerError) in
            try await queue.discard(choice, told: told)
        }
    }
}

/// What `body` gives; why it could not, in words for the operator.
private func asking<Value>(
    _ body: () async throws(BrokerError) -> Value
) async throws(CommandFailure) -> Value {
    do throws(BrokerError) { return try await body() } catch {
        throw CommandFailure("the broker: \(error.message)")
    }
}
