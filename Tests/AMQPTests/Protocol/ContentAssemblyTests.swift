import Testing

@testable import AMQP

@Suite("Messages put together from frames")
struct ContentAssemblyTests {
    private let head = ContentAssembly.Head.delivery(
        DeliveryHead(
            consumerTag: "c", deliveryTag: 1, isRedelivered: false, exchange: "", routingKey: "k"))

    @Test("a body comes in any number of frames", arguments: [[0], [5], [2, 3], [1, 1, 1, 1, 1]])
    func fragments(sizes: [Int]) throws {
        var assembly = ContentAssembly()
        try assembly.begin(head)
        let total = sizes.reduce(0, +)
        var message = try assembly.header(bodyBytes: UInt64(total), AMQPProperties())
        var sent: [UInt8] = []
        for (index, size) in sizes.enumerated() where size > 0 {
            #expect(message == nil)
            let fragment = [UInt8](repeating: UInt8(index), count: size)
            sent += fragment
            message = try assembly.body(fragment)
        }
        #expect(message?.body == sent)
        #expect(!assembly.isUnderWay)
    }

    @Test("frames out of order break the protocol")
    func outOfOrder() throws {
        var assembly = ContentAssembly()
        #expect(throws: AMQPError.self) {
            _ = try assembly.header(bodyBytes: 1, AMQPProperties())
        }
        #expect(throws: AMQPError.self) { _ = try assembly.body([1]) }
        try assembly.begin(head)
        #expect(throws: AMQPError.self) { try assembly.begin(head) }
        _ = try assembly.header(bodyBytes: 2, AMQPProperties())
        #expect(throws: AMQPError.self) { _ = try assembly.body([1, 2, 3]) }
    }

    @Test("a body above the limit is refused before any of it is kept")
    func tooLarge() throws {
        var assembly = ContentAssembly()
        try assembly.begin(head)
        #expect(throws: AMQPError.self) {
            _ = try assembly.header(bodyBytes: .max, AMQPProperties())
        }
    }
}

@Suite("The heartbeat clock")
struct HeartbeatClockTests {
    private let start = ContinuousClock.now

    private func after(_ milliseconds: Int) -> ContinuousClock.Instant {
        start.advanced(by: .milliseconds(milliseconds))
    }

    @Test("speaks after half an interval of silence, gives up after two of the peer's")
    func verdicts() {
        var clock = HeartbeatClock(interval: .seconds(1), now: start)
        #expect(clock.nextDeadline == after(500))
        #expect(clock.verdict(at: after(499)) == .quiet)
        #expect(clock.verdict(at: after(500)) == .sendHeartbeat)
        clock.sent(at: after(500))
        #expect(clock.verdict(at: after(900)) == .quiet)
        clock.sent(at: after(1900))
        #expect(clock.verdict(at: after(1999)) == .quiet)
        #expect(clock.verdict(at: after(2000)) == .peerIsDead)
        clock.received(at: after(1999))
        #expect(clock.verdict(at: after(2000)) == .quiet)
    }

    @Test("says nothing when heartbeats are off")
    func off() {
        let clock = HeartbeatClock(interval: nil, now: start)
        #expect(clock.verdict(at: after(1_000_000)) == .quiet)
        #expect(clock.nextDeadline == nil)
    }
}
