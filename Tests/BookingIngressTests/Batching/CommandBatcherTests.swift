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
                await broker.publishing(1)
                for command in commands.dropFirst() {
                    group.addTask { try await batcher.submit(command, to: event) }
                }
                while batcher.gathered < 99 { await Task.yield() }
                broker.openGate()
                try await group.waitForAll()
            }
            #expect(broker.published.map(\.commands.count) == [1, 99])
            #expect(Set(broker.published.flatMap(\.commands)) == Set(commands))
        }
    }

    @Test("a busy line lets some time pass between two batches, one with little to do none")
    func busy() async throws {
        let event = try TestEvents.event().id
        let interval = Duration.seconds(3)
        let limits = BatchLimits(busyInterval: interval, busyMin: 3)
        try await withBatcher(limits: limits) { [broker] batcher in
            let start = ContinuousClock.now
            for _ in 0..<5 { try await batcher.submit(try TestEvents.book(event), to: event) }
            #expect(ContinuousClock.now - start < interval)
            broker.shutGate()
            try await withThrowingTaskGroup { group in
                for place in 0..<4 {
                    let command = try TestEvents.book(event)
                    group.addTask { try await batcher.submit(command, to: event) }
                    if place == 0 { await broker.publishing(6) }
                }
                while batcher.gathered < 3 { await Task.yield() }
                broker.openGate()
                try await group.waitForAll()
            }
            let departure = ContinuousClock.now
            try await batcher.submit(try TestEvents.book(event), to: event)
            // It departed a little before its submitters heard of it.
            #expect(ContinuousClock.now - departure > interval / 2)
            #expect(broker.published.map(\.commands.count) == [1, 1, 1, 1, 1, 1, 3, 1])
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

    @Test("a submitter that is cancelled is let go at once")
    func cancelled() async throws {
        let event = try TestEvents.event().id
        try await withBatcher { [broker] batcher in
            broker.shutGate()
            let submission = Task {
                try await batcher.submit(try TestEvents.book(event), to: event)
            }
            await broker.publishing(1)
            submission.cancel()
            await #expect(throws: Refusal.deadlineExceeded) { try await submission.value }
            broker.openGate()
        }
    }
}

extension CommandBatcher {
    /// Returns once the command is safe in the event's line.
    fileprivate func submit(_ command: BookCommand, to event: EventID) async throws {
        let ending = OneShot<Result<Void, Refusal>>()
        submit(command, to: event) { ending.answer($0) }
        try await ending.wait(cancelled: .failure(.deadlineExceeded)).get()
    }
}
