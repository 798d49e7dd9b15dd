import BookingBroker
import BookingDomain
import BookingTestSupport
import Logging
import Testing

@testable import BookingIngress

struct CommandBatcherTests {
    private let broker = FakeBroker()

    /// Runs `body` with a batcher at work, and stops it.
    private func withBatcher(
        patience: Duration = .seconds(10), limits: BatchLimits = BatchLimits(),
        _ body: @escaping @Sendable (CommandBatcher) async throws -> Void
    ) async throws {
        let batcher = CommandBatcher(
            sink: broker, limits: limits, patience: patience, metrics: IngressMetrics(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup { group in
            group.addTask { await batcher.run() }
            defer { group.cancelAll() }
            try await body(batcher)
        }
    }

    @Test("under load commands go together, each submitter hears of its own, and none is lost")
    func gathers() async throws {
        let event = try TestEvents.event().id
        let commands = try (0..<100).map { _ in try TestEvents.book(event) }
        try await withBatcher { [broker] batcher in
            broker.shutGate()
            try await withThrowingTaskGroup { group in
                group.addTask { try await batcher.submit(commands[0], to: event) }
                try await broker.publishing(1)
                for command in commands.dropFirst() {
                    group.addTask { try await batcher.submit(command, to: event) }
                }
                try await eventually("99 commands gather") { batcher.gathered >= 99 }
                broker.openGate()
                try await group.waitForAll()
            }
            #expect(broker.published.map(\.commands.count) == [1, 99])
            #expect(Set(broker.published.flatMap(\.commands)) == Set(commands))
        }
    }

    @Test("a busy line lets some time pass between two batches")
    func busy() async throws {
        let event = try TestEvents.event().id
        let limits = BatchLimits(busyInterval: .seconds(1), busyMin: 3)
        try await withBatcher(limits: limits) { [broker] batcher in
            broker.shutGate()
            try await withThrowingTaskGroup { group in
                for place in 0..<4 {
                    let command = try TestEvents.book(event)
                    group.addTask { try await batcher.submit(command, to: event) }
                    if place == 0 { try await broker.publishing(1) }
                }
                try await eventually("three commands gather") { batcher.gathered >= 3 }
                broker.openGate()
                try await group.waitForAll()
            }
            try await batcher.submit(try TestEvents.book(event), to: event)
            #expect(broker.published.map(\.commands.count) == [1, 3, 1])
            let departures = broker.firstAttempts
            // The batcher looks at the clock a little before the broker does.
            #expect(departures[2] - departures[1] > limits.busyInterval * 0.9)
        }
    }

    @Test("a line with little to do lets no time pass between two batches")
    func quiet() async throws {
        let event = try TestEvents.event().id
        let limits = BatchLimits(busyInterval: .seconds(3600), busyMin: 2)
        try await withBatcher(limits: limits) { [broker] batcher in
            for _ in 0..<5 { try await batcher.submit(try TestEvents.book(event), to: event) }
            #expect(broker.published.map(\.commands.count) == [1, 1, 1, 1, 1])
        }
    }

    @Test("a refusal by the broker reaches those of the batch, and the next batch is tried anew")
    func failure() async throws {
        let event = try TestEvents.event().id
        try await withBatcher { [broker] batcher in
            broker.fail(with: BrokerError(.unavailable, "away"))
            await #expect(throws: Refusal.unavailable(.broker)) {
                try await batcher.submit(try TestEvents.book(event), to: event)
            }
            broker.fail(with: BrokerError(.overloaded, "full"))
            await #expect(throws: Refusal.overloaded(.commands)) {
                try await batcher.submit(try TestEvents.book(event), to: event)
            }
            broker.fail(with: nil)
            try await batcher.submit(try TestEvents.book(event), to: event)
            #expect(broker.published.count == 1)
        }
    }

    @Test(
        "a batch that further attempts may help is tried again, any other one is not",
        arguments: [BrokerError.Code.unroutable, .refused, .unknown, .unavailable])
    func insists(code: BrokerError.Code) async throws {
        let event = try TestEvents.event().id
        let isHelpful = code == .unroutable || code == .refused
        try await withBatcher { [broker] batcher in
            broker.failAtFirst(with: BrokerError(code, "not yet"))
            for _ in 0..<2 {
                let command = try TestEvents.book(event)
                if isHelpful {
                    try await batcher.submit(command, to: event)
                } else {
                    await #expect(throws: Refusal.unavailable(.broker)) {
                        try await batcher.submit(command, to: event)
                    }
                }
            }
            #expect(broker.published.count == (isHelpful ? 2 : 0))
        }
    }

    @Test("nobody waits longer than the patience for a broker that says nothing")
    func patience() async throws {
        let event = try TestEvents.event().id
        try await withBatcher(patience: .milliseconds(500)) { [broker] batcher in
            broker.shutGate()
            await #expect(throws: Refusal.unavailable(.broker)) {
                try await batcher.submit(try TestEvents.book(event), to: event)
            }
            // This one never left, so it must not be published when the broker wakes up.
            await #expect(throws: Refusal.unavailable(.broker)) {
                try await batcher.submit(try TestEvents.book(event), to: event)
            }
            broker.openGate()
            let last = try TestEvents.book(event)
            try await batcher.submit(last, to: event)
            #expect(broker.published.map(\.commands.count) == [1, 1])
            #expect(broker.published.last?.commands == [last])
        }
    }

    @Test("events that find too many batches on their way go in turn, as soon as one returns")
    func turns() async throws {
        let events = try (0..<20).map { _ in try TestEvents.event().id }
        try await withBatcher(limits: BatchLimits(flightsMax: 2, flightMemory: .seconds(60))) {
            [broker] batcher in
            broker.shutGate()
            try await withThrowingTaskGroup { group in
                for event in events {
                    for _ in 0..<3 {
                        let command = try TestEvents.book(event)
                        group.addTask { try await batcher.submit(command, to: event) }
                    }
                }
                try await eventually("58 commands gather") { batcher.gathered >= 58 }
                try await broker.publishing(2)
                broker.openGate()
                try await group.waitForAll()
            }
            // Those two went with one booking, and then with what gathered; all others once, with three.
            #expect(
                broker.published.map(\.commands.count).sorted().suffix(18).allSatisfy { $0 == 3 })
            #expect(broker.published.count == 22)
        }
    }

    @Test(
        "who never got his turn is told that there is too much to do, not that the broker is away")
    func tooMuch() async throws {
        let events = try [TestEvents.event().id, TestEvents.event().id]
        let limits = BatchLimits(flightsMax: 1, flightMemory: .seconds(60))
        try await withBatcher(patience: .milliseconds(200), limits: limits) {
            [broker] batcher in
            broker.shutGate()
            let silent = Task {
                try await batcher.submit(try TestEvents.book(events[0]), to: events[0])
            }
            try await broker.publishing(1)
            await #expect(throws: Refusal.overloaded(.commands)) {
                try await batcher.submit(try TestEvents.book(events[1]), to: events[1])
            }
            await #expect(throws: Refusal.unavailable(.broker)) { try await silent.value }
            broker.openGate()
        }
    }

    @Test(
        "without a broker everybody hears of it, and no batch is published from within another's failing"
    )
    func manyWithout() async throws {
        let events = try (0..<500).map { _ in try TestEvents.event().id }
        let limits = BatchLimits(flightsMax: 1, flightMemory: .seconds(60))
        try await withBatcher(limits: limits) { [broker] batcher in
            broker.shutGate()
            try await withThrowingTaskGroup { group in
                let first = events[0]
                group.addTask { try await batcher.submit(try TestEvents.book(first), to: first) }
                try await broker.publishing(1)
                for event in events.dropFirst() {
                    group.addTask {
                        await #expect(throws: Refusal.unavailable(.broker)) {
                            try await batcher.submit(try TestEvents.book(event), to: event)
                        }
                    }
                }
                try await eventually("all commands but one gather") {
                    batcher.gathered >= events.count - 1
                }
                broker.failAtFirst(with: BrokerError(.unavailable, "away"))
                broker.openGate()
                try await group.waitForAll()
            }
            // Some may fail at the same time, on several threads; in each other they would be hundreds.
            #expect(broker.deepestNesting < events.count / 5)
        }
    }

    @Test("a submitter that is cancelled is let go at once")
    func cancelled() async throws {
        let event = try TestEvents.event().id
        try await withBatcher { [broker] batcher in
            broker.shutGate()
            let submission = Task {
                try await batcher.submit(try TestEvents.book(event), to: event)
            }
            try await broker.publishing(1)
            submission.cancel()
            await #expect(throws: Refusal.deadlineExceeded) { try await submission.value }
            broker.openGate()
        }
    }
}

extension CommandBatcher {
    /// Returns once the command is safe in the event's line.
    fileprivate func submit(_ command: Command, to event: EventID) async throws {
        let ending = OneShot<Result<Void, Refusal>>()
        let command = Command(
            id: command.id, event: event, actor: command.actor, acceptedAt: command.acceptedAt,
            body: command.body)
        submit(command) { ending.answer($0) }
        try await ending.wait(cancelled: .failure(.deadlineExceeded)).get()
    }
}
