import BookingDomain
import BookingStore
import Testing

@testable import BookingWorker

@Suite struct FairShareTests {
    private func standing(_ name: String, _ shards: Int, isAble: Bool = true) -> WorkerStanding {
        WorkerStanding(
            name: name, shards: (0..<shards).compactMap { ShardNumber($0) }, isAble: isAble)
    }

    @Test("A worker alone gets everything")
    func alone() {
        let share = FairShare(of: standing("a", 0), beside: [], shards: 4)
        #expect(share.count == 4)
        #expect(share.surplus == 0)
    }

    @Test("Who has more than its share gives back as much as the others miss, and no more")
    func newcomer() {
        let share = FairShare(of: standing("a", 4), beside: [standing("b", 0)], shards: 4)
        #expect(share.count == 2)
        #expect(share.surplus == 2)
        let later = FairShare(of: standing("a", 3), beside: [standing("b", 1)], shards: 4)
        #expect(later.surplus == 1)
        let even = FairShare(of: standing("a", 2), beside: [standing("b", 2)], shards: 4)
        #expect(even.surplus == 0)
    }

    @Test("What cannot be shared evenly stays where it is")
    func rest() {
        let more = FairShare(
            of: standing("z", 2), beside: [standing("a", 1), standing("b", 1)], shards: 4)
        #expect(more.count == 2)
        #expect(more.surplus == 0)
        let less = FairShare(
            of: standing("a", 1), beside: [standing("z", 2), standing("b", 1)], shards: 4)
        #expect(less.count == 1)
    }

    @Test("Who is not able gets nothing, and keeps what nobody else can have")
    func unable() {
        let failing = FairShare(
            of: standing("a", 2, isAble: false), beside: [standing("b", 2)], shards: 4)
        #expect(failing.count == 0)
        #expect(failing.surplus == 0)
        let alone = FairShare(of: standing("a", 4, isAble: false), beside: [], shards: 4)
        #expect(alone.count == 0)
        #expect(alone.surplus == 0)
        let beside = FairShare(
            of: standing("a", 4), beside: [standing("b", 0, isAble: false)], shards: 4)
        #expect(beside.count == 4)
        #expect(beside.surplus == 0)
    }

    @Test("With more workers than shards some wait", arguments: 1...9)
    func everyNumber(workers: Int) {
        let all = (0..<workers).map { standing("worker \($0)", 0) }
        let counts = all.map { one in
            FairShare(of: one, beside: all.filter { $0 != one }, shards: 4).count
        }
        #expect(counts.reduce(0, +) == 4)
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
    }
}
