import Synchronization

/// A load that comes at its own pace, however the system fares.
final class OpenLoop: Sendable {
    /// Bookings a second, now.
    private let rate: Atomic<Int>
    private let usualRate: Int
    private let isOver = Atomic<Bool>(false)
    private let open = Atomic<Int>(0)
    private let begun = Atomic<Int>(0)
    private let leftOut = Atomic<Int>(0)

    init(rate: Int) {
        usualRate = rate
        self.rate = Atomic(rate)
    }

    /// Bookings begun so far.
    var count: Int { begun.load(ordering: .relaxed) }
    /// Bookings not begun, because too many were open.
    var countLeftOut: Int { leftOut.load(ordering: .relaxed) }

    /// Multiplies the usual rate; 1 is as before.
    func speedUp(by factor: Int) { rate.store(usualRate * factor, ordering: .relaxed) }

    /// Begins no more.
    func stop() { isOver.store(true, ordering: .relaxed) }

    /// Calls `book` with 0, 1, 2 … at the rate until ``stop()``, then waits for all of them.
    ///
    /// What `book` returns is done afterwards, and keeps no other booking from being begun.
    func run(
        _ book: @escaping @Sendable (Int) async throws -> (@Sendable () async throws -> Void)?
    ) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            var next = ContinuousClock.now
            while !isOver.load(ordering: .relaxed) {
                try await Task.sleep(until: next, tolerance: .zero, clock: .continuous)
                let rate = rate.load(ordering: .relaxed)
                next += .seconds(1) / rate
                // What could not be sent in time is not sent in a flood later.
                next = max(next, .now - .milliseconds(100))
                guard open.load(ordering: .relaxed) < rate * FaultLimits.openSecondsMax else {
                    leftOut.add(1, ordering: .relaxed)
                    continue
                }
                let number = begun.add(1, ordering: .relaxed).oldValue
                open.add(1, ordering: .relaxed)
                group.addTask {
                    let rest = try await self.counted { try await book(number) }
                    try await rest?()
                }
            }
        }
    }

    /// Runs `book`, which counts as open no longer once it has ended.
    private func counted<Result>(
        _ book: () async throws -> Result
    ) async rethrows -> Result {
        defer { open.subtract(1, ordering: .relaxed) }
        return try await book()
    }
}
