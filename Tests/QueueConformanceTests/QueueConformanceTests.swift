import Glibc
import ProtocolModel
import Testing

@Suite("The model's queue is RabbitMQ's", .timeLimit(.minutes(2)))
struct QueueConformanceTests {
    private static let histories = 300
    private static let stepsPerHistory = 16
    /// How many histories are under way at a time.
    private static let lanes = 6
    /// Names the seed of the first history, to run it again.
    private static let seedVariable = "QUEUE_HISTORY_SEED"

    @Test("after random histories, deliveries have the order and the flags that the model says")
    func randomHistories() async throws {
        let wanted = getenv(Self.seedVariable).flatMap { UInt64(String(cString: $0)) }
        let first = wanted ?? .random(in: 0 ... .max / 2)
        let count = wanted == nil ? Self.histories : 1
        print("histories of a queue from \(Self.seedVariable)=\(first)")
        try await withThrowingDiscardingTaskGroup { group in
            for lane in 0..<min(Self.lanes, count) {
                group.addTask {
                    for number in stride(from: lane, to: count, by: Self.lanes) {
                        try await run(seed: first + UInt64(number))
                    }
                }
            }
        }
    }

    private func run(seed: UInt64) async throws {
        try await RealQueue.with { queue in
            var history = History(seed: seed)
            do { try await history.run(Self.stepsPerHistory, on: queue) } catch {
                Issue.record("\(Self.seedVariable)=\(seed): \(error)")
                throw error
            }
        }
    }
}
