import Testing

@testable import BookingIngress

struct FairQueueTests {
    private func drain(_ queue: inout FairQueue<String, Int>) -> [Int] {
        var all: [Int] = []
        while let (_, next) = queue.next() { all.append(next) }
        return all
    }

    @Test("keys take turns, and within a key it is first come, first served")
    func turns() {
        var queue = FairQueue<String, Int>(countMax: 10)
        for number in 1...4 { _ = queue.append(number, for: "a") }
        _ = queue.append(10, for: "b")
        _ = queue.append(20, for: "c")
        _ = queue.append(11, for: "b")
        #expect(queue.count == 7)
        #expect(drain(&queue) == [1, 10, 20, 2, 11, 3, 4])
        #expect(queue.count == 0)
    }

    @Test("a key that had its turn comes behind those that wait")
    func afterItsTurn() {
        var queue = FairQueue<String, Int>(countMax: 10)
        _ = queue.append(1, for: "a")
        _ = queue.append(2, for: "a")
        #expect(queue.next()?.1 == 1)
        _ = queue.append(10, for: "b")
        _ = queue.append(3, for: "a")
        #expect(drain(&queue) == [2, 10, 3])
    }

    @Test("a key that may not have its turn yet keeps it")
    func skipped() {
        var queue = FairQueue<String, Int>(countMax: 10)
        for (number, key) in ["a", "b", "a", "b"].enumerated() {
            _ = queue.append(number, for: key)
        }
        #expect(queue.next { $0 != "a" }?.1 == 1)
        #expect(queue.next { $0 == "c" } == nil)
        #expect(queue.next()?.1 == 0)
        #expect(drain(&queue) == [3, 2])
    }

    @Test("in a full queue a newcomer takes the place of the last one of the key with most")
    func displaces() throws {
        var queue = FairQueue<String, Int>(countMax: 4)
        for number in 1...3 { _ = queue.append(number, for: "a") }
        _ = queue.append(10, for: "b")
        guard case .queuedInsteadOf(3, _) = queue.append(20, for: "c") else {
            Issue.record("3 should have made way")
            return
        }
        #expect(queue.count == 4)
        #expect(drain(&queue) == [1, 10, 20, 2])
    }

    @Test("a newcomer whose key would have as many as any other is turned away")
    func full() {
        var queue = FairQueue<String, Int>(countMax: 4)
        for number in 1...2 { _ = queue.append(number, for: "a") }
        for number in 10...11 { _ = queue.append(number, for: "b") }
        for key in ["a", "b"] {
            guard case .full = queue.append(99, for: key) else {
                Issue.record("there was no room for \(key)")
                return
            }
        }
        #expect(drain(&queue) == [1, 10, 2, 11])
    }

    @Test("what is taken out does not get a turn, and its key none when nothing else waits for it")
    func removal() {
        var queue = FairQueue<String, Int>(countMax: 4)
        guard case .queued(let first) = queue.append(1, for: "a"),
            case .queued(let second) = queue.append(2, for: "a")
        else {
            Issue.record("there was room")
            return
        }
        _ = queue.append(10, for: "b")
        #expect(queue.remove(first) == 1)
        #expect(queue.remove(first) == nil)
        #expect(queue.remove(second) == 2)
        #expect(queue.count == 1)
        #expect(drain(&queue) == [10])
    }

    @Test("whatever is put in, taken out and displaced, the count is right and nothing comes twice")
    func random() {
        var random = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0..<1 << 32, using: &random)
        var word = seed
        func draw(_ below: UInt64) -> UInt64 {
            word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (word >> 33) % below
        }
        var queue = FairQueue<UInt64, Int>(countMax: 12)
        var tickets: [FairQueue<UInt64, Int>.Ticket] = []
        var inside: Set<Int> = []
        for number in 0..<20_000 {
            switch draw(5) {
            case 0, 1, 2:
                switch queue.append(number, for: draw(5)) {
                case .queued(let ticket):
                    tickets.append(ticket)
                    inside.insert(number)
                case .queuedInsteadOf(let other, let ticket):
                    tickets.append(ticket)
                    #expect(inside.remove(other) != nil, "seed \(seed)")
                    inside.insert(number)
                case .full: #expect(queue.count == 12, "seed \(seed)")
                }
            case 3:
                if let (_, next) = queue.next() {
                    #expect(inside.remove(next) != nil, "seed \(seed)")
                }
            default:
                guard !tickets.isEmpty else { continue }
                let ticket = tickets.remove(at: Int(draw(UInt64(tickets.count))))
                if let removed = queue.remove(ticket) {
                    #expect(inside.remove(removed) != nil, "seed \(seed)")
                }
            }
            #expect(queue.count == inside.count, "seed \(seed)")
        }
    }
}
