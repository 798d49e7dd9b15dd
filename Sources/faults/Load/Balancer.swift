import ChildProcesses
import Synchronization

/// Chooses the instance for a request: each in turn, but for one that is about to stop.
final class Balancer: Sendable {
    private struct State {
        var absent: Int?
        /// How many requests each instance has.
        var open = [Int](repeating: 0, count: Program.ingressCount)
    }

    /// How long the requests of an instance may take that gets no new ones.
    private static let drainMax = Duration.seconds(20)

    private let state = Mutex(State())

    /// Runs `request` with the instance for the one of that number.
    func withInstance<Answer>(
        for number: Int, _ request: (Int) async throws -> Answer
    ) async rethrows -> Answer {
        let instance = begin(number)
        defer { end(instance) }
        return try await request(instance)
    }

    /// Chooses an instance, and counts the request that it gets.
    func begin(_ number: Int) -> Int {
        state.withLock { state in
            var instance = number % Program.ingressCount
            if instance == state.absent { instance = (instance + 1) % Program.ingressCount }
            state.open[instance] += 1
            return instance
        }
    }

    /// A request of that instance was answered, or given up.
    func end(_ instance: Int) { state.withLock { $0.open[instance] -= 1 } }

    /// How many requests an instance has.
    func open(_ instance: Int) -> Int { state.withLock { $0.open[instance] } }

    /// Sends an instance nothing more, and returns when it has answered all that it was sent.
    func takeOut(_ instance: Int) async throws {
        state.withLock { $0.absent = instance }
        do {
            try await eventually(
                "instance \(instance) has answered all", within: Self.drainMax,
                every: .milliseconds(20)
            ) { open(instance) == 0 }
        } catch {
            putBack()
            throw error
        }
    }

    /// Sends to all instances again.
    func putBack() { state.withLock { $0.absent = nil } }
}
