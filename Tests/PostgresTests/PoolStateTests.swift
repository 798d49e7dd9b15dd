import Testing

@testable import Postgres

/// A generator that repeats itself from its seed.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite("The state of a pool")
struct PoolStateTests {
    private static let failure = PostgresError.connectionFailed("refused")
    private let start = ContinuousClock.now

    @Test("Connections are opened for those who wait, up to the limit")
    func opening() {
        var state = PoolState(connectionsMax: 2, waitersMax: 10)
        #expect(state.lease() == nil)
        #expect(state.join(1, at: start) == [.open(1)])
        #expect(state.join(2, at: start) == [.open(2)])
        #expect(state.join(3, at: start) == [])
        #expect(state.opened(2, at: start) == [.serve(1, 2)])
        #expect(state.returned(2, isReusable: true, at: start) == [.serve(2, 2)])
        #expect(state.returned(2, isReusable: false, at: start) == [.close(2)])
        #expect(state.ended(2, at: start) == [])
        #expect(state.opened(1, at: start) == [.serve(3, 1)])
        #expect(state.returned(1, isReusable: true, at: start) == [])
        #expect(state.lease() == 1)
    }

    @Test("A broken connection is replaced for those who wait, once it is gone")
    func replacement() {
        var state = PoolState(connectionsMax: 1, waitersMax: 10)
        _ = state.join(1, at: start)
        #expect(state.opened(1, at: start) == [.serve(1, 1)])
        #expect(state.join(2, at: start) == [])
        #expect(state.returned(1, isReusable: false, at: start) == [.close(1)])
        #expect(state.ended(1, at: start) == [.open(2)])
        #expect(state.opened(2, at: start) == [.serve(2, 2)])
    }

    @Test("After a failure callers fail at once until the pause is over; then one tries")
    func failFast() {
        var state = PoolState(connectionsMax: 4, waitersMax: 10)
        #expect(state.join(1, at: start) == [.open(1)])
        #expect(state.join(2, at: start) == [.open(2)])
        #expect(
            state.openingFailed(1, with: Self.failure, at: start) { _ in .seconds(1) } == [])
        #expect(
            state.openingFailed(2, with: Self.failure, at: start) { _ in .seconds(1) }
                == [.fail(1, Self.failure), .fail(2, Self.failure)])
        #expect(state.failures == 1)
        #expect(state.join(3, at: start + .milliseconds(999)) == [.fail(3, Self.failure)])
        let later = start + .seconds(1)
        #expect(state.join(4, at: later) == [.open(3)])
        #expect(state.join(5, at: later) == [])
        #expect(state.expire(5) == [.fail(5, Self.failure)])
        #expect(state.join(6, at: later) == [])
        #expect(state.opened(3, at: later) == [.serve(4, 3), .open(4)])
        #expect(state.failures == 0)
    }

    @Test("While a connection is in use the others wait for it, whatever becomes of new ones")
    func waitForTheLeased() {
        var state = PoolState(connectionsMax: 2, waitersMax: 1)
        _ = state.join(1, at: start)
        _ = state.opened(1, at: start)
        #expect(state.join(2, at: start) == [.open(2)])
        #expect(state.openingFailed(2, with: Self.failure, at: start) { _ in .seconds(1) } == [])
        guard case .fail(3, let error) = state.join(3, at: start).first else {
            Issue.record("the line has no limit")
            return
        }
        #expect(error.code == .poolExhausted)
        #expect(state.returned(1, isReusable: true, at: start) == [.serve(2, 1)])
    }

    @Test("A closed pool serves nobody and closes what comes back")
    func closing() {
        var state = PoolState(connectionsMax: 3, waitersMax: 10)
        for waiter: UInt64 in 1...3 { _ = state.join(waiter, at: start) }
        _ = state.opened(1, at: start)
        _ = state.opened(2, at: start)
        _ = state.returned(2, isReusable: true, at: start)
        #expect(state.close() == [.close(2)] || state.idle.isEmpty)
        #expect(state.lease() == nil)
        #expect(state.opened(3, at: start) == [.close(3)])
        guard case .fail(9, let error) = state.join(9, at: start).first else {
            Issue.record("a closed pool takes callers in")
            return
        }
        #expect(error.code == .closed)
        for id in state.leased { _ = state.returned(id, isReusable: true, at: start) }
        #expect(!state.isDrained)
        for id in state.closing { _ = state.ended(id, at: start) }
        #expect(state.isDrained)
    }

    @Test(
        "Whatever happens, limits hold, the line is in order, and nobody is left in it for nothing")
    func invariants() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix(state: seed)
        for _ in 0..<200 { try checkRun(with: &random, seed: seed) }
    }

    private func checkRun(with random: inout SplitMix, seed: UInt64) throws {
        var state = PoolState(
            connectionsMax: .random(in: 1...4, using: &random),
            waitersMax: .random(in: 0...8, using: &random))
        var (now, waiter) = (start, UInt64(0))
        var inLine: [UInt64] = []
        for _ in 0..<300 {
            now += .milliseconds(Int.random(in: 0...50, using: &random))
            let before = state
            let actions = step(&state, &waiter, &inLine, at: now, with: &random)
            for case .fail(let id, _) in actions { inLine.removeAll { $0 == id } }
            for case .serve(let id, let connection) in actions {
                // First come, first served.
                try #require(inLine.first == id, "seed \(seed)")
                inLine.removeFirst()
                try #require(state.leased.contains(connection), "seed \(seed)")
            }
            try #require(state.total <= state.connectionsMax, "seed \(seed)")
            try #require(state.waiters == inLine, "seed \(seed)")
            try #require(state.waiters.count <= state.waitersMax, "seed \(seed)")
            try #require(state.idle.isEmpty || state.waiters.isEmpty, "seed \(seed)")
            // Somebody waits only for something that is under way.
            let isHopeless = state.opening.isEmpty && state.leased.isEmpty && state.closing.isEmpty
            try #require(state.waiters.isEmpty || !isHopeless, "seed \(seed), before \(before)")
        }
    }

    /// One random event.
    private func step(
        _ state: inout PoolState, _ waiter: inout UInt64, _ inLine: inout [UInt64],
        at now: ContinuousClock.Instant, with random: inout SplitMix
    ) -> [PoolState.Action] {
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1:
            guard state.lease() == nil else { return [] }
            waiter += 1
            inLine.append(waiter)
            return state.join(waiter, at: now)
        case 2:
            return state.opening.min().map { state.opened($0, at: now) } ?? []
        case 3:
            return state.opening.max().map { id in
                state.openingFailed(id, with: Self.failure, at: now) { failures in
                    Backoff().delay(afterFailures: failures, jitter: 0.5)
                }
            } ?? []
        case 4, 5:
            let isReusable = Bool.random(using: &random)
            return state.leased.min().map {
                state.returned($0, isReusable: isReusable, at: now)
            } ?? []
        case 6:
            let all = (state.closing.sorted() + state.idle + state.leased.sorted())
            return all.randomElement(using: &random).map { state.ended($0, at: now) } ?? []
        default:
            guard let id = inLine.randomElement(using: &random) else { return [] }
            return Bool.random(using: &random) ? state.expire(id) : state.cancel(id)
        }
    }

    @Test("Pauses double up to the limit, and jitter only shortens them")
    func backoff() {
        let backoff = Backoff(first: .milliseconds(50), delayMax: .seconds(2))
        let full = (1...8).map { backoff.delay(afterFailures: $0, jitter: 0) }
        #expect(full == [50, 100, 200, 400, 800, 1600, 2000, 2000].map { .milliseconds($0) })
        #expect(backoff.delay(afterFailures: 1, jitter: 1) == .milliseconds(25))
        #expect(backoff.delay(afterFailures: .max, jitter: 7) == .seconds(1))
    }
}
