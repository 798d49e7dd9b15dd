import ProtocolModel
import Testing

@Suite("An event's queue in the broker")
struct QuorumQueueTests {
    private func queue(_ payloads: ClosedRange<UInt8>) throws -> QuorumQueue {
        var queue = QuorumQueue()
        for payload in payloads { queue.enqueue(try #require(Message(payload: payload))) }
        return queue
    }

    private func payloads(_ messages: some Sequence<Message>) -> [UInt8] { messages.map(\.payload) }

    @Test("no more than the prefetch is given out; an acknowledgement lets the next come")
    func prefetch() throws {
        var queue = try queue(1...5)
        queue.consume(on: 0, prefetch: 2)
        #expect(payloads(queue[0].inHand) == [1, 2])
        queue.settle(1, on: 0)
        #expect(payloads(queue[0].inHand) == [2, 3])
        #expect(payloads(queue.ready) == [4, 5])
    }

    @Test("the second consumer waits until the channel of the first ends, and gets all in order")
    func channelEnd() throws {
        var queue = try queue(1...5)
        queue.consume(on: 0, prefetch: 3)
        queue.consume(on: 1, prefetch: 3)
        queue.settle(1, on: 0)
        #expect(queue[1].inHand.isEmpty)
        queue.channelEnded(0)
        #expect(payloads(queue[1].inHand) == [2, 3, 4])
        #expect(queue[1].inHand.allSatisfy { $0.isRedelivered })
        #expect(queue.ready.allSatisfy { !$0.isRedelivered })
    }

    @Test("what is given back goes to the tail")
    func giveBack() throws {
        var queue = try queue(1...4)
        queue.consume(on: 0, prefetch: 1)
        queue.giveBack(0, on: 0)
        #expect(payloads(queue[0].inHand) == [2])
        #expect(payloads(queue.ready) == [3, 4, 1])
    }

    @Test("a cancelled consumer's channel keeps what it has, while the next consumer goes on")
    func cancel() throws {
        var queue = try queue(1...5)
        queue.consume(on: 0, prefetch: 2)
        queue.consume(on: 1, prefetch: 2)
        queue.cancel(on: 0)
        #expect(payloads(queue[0].inHand) == [1, 2])
        #expect(payloads(queue[1].inHand) == [3, 4])
        queue.channelEnded(0)
        queue.settle(1, on: 1)
        #expect(payloads(queue[1].inHand) == [4, 1])
    }

    @Test("order survives a second end only if what came back is no more than the prefetch")
    func smallerPrefetch() throws {
        var queue = try queue(1...3)
        queue.consume(on: 0, prefetch: 2)
        queue.channelEnded(0)
        var patient = queue
        patient.consume(on: 1, prefetch: 2)
        patient.channelEnded(1)
        #expect(payloads(patient.returned) == [1, 2])
        queue.consume(on: 1, prefetch: 1)
        queue.channelEnded(1)
        #expect(payloads(queue.returned) == [2, 1])
    }
}
