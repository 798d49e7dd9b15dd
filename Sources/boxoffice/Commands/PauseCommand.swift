import ArgumentParser
import BookingDomain
import BookingStore
import Logging
import Postgres

/// `boxoffice pause`: lets bookings wait.
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Let the bookings of an event or a shard wait undecided.",
        discussion: """
            Bookings are accepted all the while: they stand in their queues, in order, until \
            'boxoffice resume'. A worker that has some in hand decides those first. A paused shard \
            is given back by its worker, and nobody takes it. Pausing what is paused changes \
            nothing.

            Examples:
              boxoffice pause --event 0197e6f2-4c00-7001-8000-5f0c9d3b2a10
              boxoffice pause --shard 2

            \(ExitStatus.help)
            """)

    @OptionGroup var target: PauseTarget
    @OptionGroup(title: "Settings") var shards: ShardFlags
    @OptionGroup(title: "Settings") var common: CommonFlags

    func run() async throws {
        let settings = try CommandLineSettings.read(
            command: "pause", line: common.line(with: shards.given), log: \.log,
            PauseSettings.init)
        let isChanged = try await target.set(paused: true, settings)
        DescriptorOutput.standardOutput.say(
            "\(target) \(isChanged ? "is" : "was already") paused; "
                + "bookings are accepted and wait.")
    }
}

/// What is to be paused or resumed.
struct PauseTarget: ParsableArguments {
    @Option(
        help: ArgumentHelp("The event, by its id.", valueName: "id"),
        transform: { text in
            guard let id = EventID(text) else { throw ValidationError("It is no event's id.") }
            return id
        })
    var event: EventID?

    // Unconditional, so that -1 is a wrong number and no other option.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The shard, by its number.", valueName: "number"),
        transform: { text in
            guard let shard = Int(text).flatMap({ ShardNumber($0) }) else {
                throw ValidationError(
                    "It is no shard's number: they are 0 to \(BookingLimits.shardsMax - 1).")
            }
            return shard
        })
    var shard: ShardNumber?

    func validate() throws {
        guard (event == nil) != (shard == nil) else {
            throw ValidationError("One of --event and --shard must be given, and not both.")
        }
    }

    /// Pauses or resumes it, and returns whether that was a change.
    func set(paused isPaused: Bool, _ settings: PauseSettings) async throws -> Bool {
        let databases = BookingDatabase.shards(
            settings.shards, application: "boxoffice \(isPaused ? "pause" : "resume")",
            connections: 1, logger: Logger(label: "boxoffice.pause"))
        let result: Result<PauseAnswer, any Error>
        do {
            result = .success(try await set(paused: isPaused, in: databases))
        } catch { result = .failure(error) }
        for database in databases { await database.pool.close() }
        switch try result.get() {
        case .changed: return true
        case .unchanged: return false
        case .unknown: throw CommandFailure("there is no \(self)")
        }
    }

    private func set(
        paused isPaused: Bool, in databases: [BookingDatabase]
    ) async throws -> PauseAnswer {
        guard let number = event?.shard ?? shard, number.rawValue < databases.count else {
            return .unknown
        }
        let database = databases[number.rawValue]
        switch await database.check() {
        case .fine: break
        case .wrong(let reason), .unreachable(let reason):
            throw CommandFailure("\(database.name) (\(database.address)): \(reason)")
        }
        let pauses = PauseRepository(shards: ShardPools(databases.map(\.pool)))
        do throws(StoreError) {
            if let event { return try await pauses.set(paused: isPaused, event: event) }
            return try await pauses.set(paused: isPaused, shard: number)
        } catch {
            throw CommandFailure("\(database.name) (\(database.address)): \(error.message)")
        }
    }
}

extension PauseTarget: CustomStringConvertible {
    var description: String {
        event.map { "event \($0)" } ?? shard.map { "shard \($0)" } ?? "nothing"
    }
}
