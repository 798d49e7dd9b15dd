import Testing

@testable import AMQP

@Suite("Consuming", .timeLimit(.minutes(1)))
struct ConsumingTests {
    private static func texts(_ count: Int) -> [String] { (0..<count).map { "message \($0)" } }

    /// A queue with so many messages, and the connection it was made by.
    private func withQueue(
        _ count: Int, singleActiveConsumer: Bool = false,
        _ body: (String, AMQPConnection) async throws -> Void
    ) async throws {
        try await Broker.withName { queue in
            try await Broker.withConnection { connection in
                let channel = try await connection.openChannel()
                _ = try await channel.declareQueue(
                    .quorum(queue, singleActiveConsumer: singleActiveConsumer))
                try await channel.enablePublisherConfirms()
                try await channel.publish(Self.texts(count), toQueue: queue)
                try await body(queue, connection)
            }
        }
    }

    @Test("no more than the prefetch is out, and a multiple acknowledgement lets the next come")
    func prefetch() async throws {
        try await withQueue(25) { queue, connection in
            let channel = try await connection.openChannel()
            try await channel.setPrefetch(10)
            _ = try await channel.consume(queue)
            let first = try await channel.deliveries(10)
            #expect(first.map(\.text) == Array(Self.texts(25)[..<10]))
            #expect(try await isSilent(channel))
            try await channel.acknowledge(upTo: first[6].deliveryTag, multiple: true)
            let second = try await channel.deliveries(7)
            #expect(second.map(\.text) == Array(Self.texts(25)[10..<17]))
            #expect(try await isSilent(channel))
            try await channel.acknowledge(upTo: 0, multiple: true)
            let third = try await channel.deliveries(8)
            try await channel.acknowledge(
                upTo: try #require(third.last?.deliveryTag), multiple: true)
            await channel.close()
            let check = try await connection.openChannel()
            try await eventually {
                let left = try await check.declareQueue(.init(name: queue, passive: true))
                return left.messageCount == 0 && left.consumerCount == 0
            }
            #expect(try await check.deleteQueue(queue) == 0)
        }
    }

    /// Whether nothing comes by the time the broker has answered something else on the channel.
    private func isSilent(_ channel: AMQPChannel) async throws -> Bool {
        try await channel.setPrefetch(10)
        let task = Task { try await channel.nextEvents(max: 1) }
        task.cancel()
        let error = await amqpError { _ = try await task.value }
        return error?.code == .cancelled
    }

    @Test("events come at most as many as asked for, in order, none lost")
    func chunks() async throws {
        try await withQueue(50) { queue, connection in
            let channel = try await connection.openChannel()
            _ = try await channel.consume(queue)
            var seen: [String] = []
            while seen.count < 50 {
                let events = try await channel.nextEvents(max: 7)
                #expect((1...7).contains(events.count))
                for case .delivery(let delivery) in events { seen.append(delivery.text) }
            }
            #expect(seen == Self.texts(50))
        }
    }

    @Test("a cut connection gives its messages to the next consumer, in order and redelivered")
    func redelivery() async throws {
        try await withQueue(20, singleActiveConsumer: true) { queue, connection in
            let next = try await connection.openChannel()
            try await BreakableProxy.run(before: Broker.configuration()) { proxy, configuration in
                let consumer = try await AMQPConnection.connect(
                    configuration, logger: Broker.logger)
                let channel = try await consumer.openChannel()
                try await channel.setPrefetch(10)
                _ = try await channel.consume(queue)
                let first = try await channel.deliveries(10)
                _ = try await next.consume(queue)
                try await channel.acknowledge(upTo: first[3].deliveryTag, multiple: true)
                _ = try await channel.deliveries(4)
                await proxy.cut()
                let error = await amqpError { _ = try await channel.nextEvents(max: 1) }
                #expect(error?.code == .connectionClosed)
                let reason = await consumer.waitUntilClosed()
                #expect(reason == error)
            }
            let again = try await next.deliveries(16)
            #expect(again.map(\.text) == Array(Self.texts(20)[4...]))
            #expect(again.map(\.isRedelivered) == (4..<20).map { $0 < 14 })
        }
    }

    @Test("a queue deleted under its consumer tells it")
    func queueDeleted() async throws {
        try await withQueue(0) { queue, connection in
            let channel = try await connection.openChannel()
            let tag = try await channel.consume(queue)
            let other = try await connection.openChannel()
            try await other.deleteQueue(queue)
            #expect(try await channel.nextEvents(max: 10) == [.consumerCancelled(tag: tag)])
            #expect(channel.isOpen)
        }
    }

    @Test("channels that share an inbox are read in the order in which the broker sent")
    func sharedInbox() async throws {
        try await withQueue(3) { queue, connection in
            try await withQueue(2) { other, _ in
                let inbox = AMQPInbox()
                let first = try await connection.openChannel(sharing: inbox)
                let second = try await connection.openChannel(sharing: inbox)
                let tag = try await first.consume(queue)
                _ = try await first.declareQueue(.init(name: queue, passive: true))
                let otherTag = try await second.consume(other)
                var tags: [String] = []
                while tags.count < 5 {
                    for case .delivery(let delivery) in try await inbox.next(max: 10) {
                        tags.append(delivery.consumerTag)
                    }
                }
                #expect(tags.count { $0 == tag } == 3 && tags.count { $0 == otherTag } == 2)
                // One that we close leaves the others as they are.
                await first.close()
                #expect(try inbox.atHand(max: 10) == [])
                // One that the broker closes is the end of all.
                let error = await amqpError {
                    _ = try await second.declareQueue(.init(name: "nobody's", passive: true))
                }
                #expect(error?.replyCode == 404)
                #expect(await amqpError { _ = try await inbox.next(max: 1) }?.replyCode == 404)
            }
        }
    }

    @Test("a consumer that is cancelled gets nothing more, its channel goes on")
    func cancelConsumer() async throws {
        try await withQueue(1) { queue, connection in
            let channel = try await connection.openChannel()
            let tag = try await channel.consume(queue, tag: "mine")
            #expect(tag == "mine")
            let delivery = try #require(try await channel.deliveries(1).first)
            try await channel.cancelConsumer(tag)
            try await channel.acknowledge(upTo: delivery.deliveryTag, multiple: false)
            try await eventually {
                try await channel.declareQueue(.init(name: queue, passive: true))
                    .consumerCount == 0
            }
        }
    }

    @Test("a rejected message comes again when requeued")
    func reject() async throws {
        try await withQueue(1) { queue, connection in
            let channel = try await connection.openChannel()
            _ = try await channel.consume(queue)
            let first = try #require(try await channel.deliveries(1).first)
            try await channel.reject(first.deliveryTag, requeue: true)
            let second = try #require(try await channel.deliveries(1).first)
            #expect(second.text == first.text && second.isRedelivered)
            try await channel.reject(second.deliveryTag, requeue: false)
            #expect(try await isSilent(channel))
        }
    }

    @Test("a waiting reader is released by cancellation, and the next one reads on")
    func cancelledReader() async throws {
        try await withQueue(0) { queue, connection in
            let channel = try await connection.openChannel()
            _ = try await channel.consume(queue)
            let reader = Task { try await channel.nextEvents(max: 1) }
            try await eventually { channel.mailbox.inbox.hasReader }
            reader.cancel()
            let error = await amqpError { _ = try await reader.value }
            #expect(error?.code == .cancelled)
            let publisher = try await connection.openChannel()
            try await publisher.enablePublisherConfirms()
            try await publisher.publish(["after"], toQueue: queue)
            #expect(try await channel.deliveries(1).map(\.text) == ["after"])
        }
    }

    @Test("a channel has one reader at a time")
    func oneReader() async throws {
        try await withQueue(0) { queue, connection in
            let channel = try await connection.openChannel()
            let reader = Task { try await channel.nextEvents(max: 1) }
            try await eventually { channel.mailbox.inbox.hasReader }
            let error = await amqpError { _ = try await channel.nextEvents(max: 1) }
            #expect(error?.code == .invalidRequest)
            reader.cancel()
            let cancelled = await amqpError { _ = try await reader.value }
            #expect(cancelled?.code == .cancelled)
        }
    }

    @Test("closing the channel of the single active consumer hands its queue over, in order")
    func handOver() async throws {
        try await Broker.withName { queue in
            try await Broker.withConnection { connection in
                let publisher = try await connection.openChannel()
                _ = try await publisher.declareQueue(.quorum(queue, singleActiveConsumer: true))
                try await publisher.enablePublisherConfirms()
                try await publisher.publish(Self.texts(6), toQueue: queue)
                let first = try await connection.openChannel()
                let second = try await connection.openChannel()
                _ = try await first.consume(queue)
                _ = try await second.consume(queue)
                let held = try await first.deliveries(6)
                try await first.acknowledge(upTo: held[1].deliveryTag, multiple: true)
                #expect(try await isSilent(second))
                await first.close()
                let handedOver = try await second.deliveries(4)
                #expect(handedOver.map(\.text) == Array(Self.texts(6)[2...]))
                #expect(handedOver.allSatisfy { $0.isRedelivered })
            }
        }
    }

    @Test("an acknowledgement of nothing ends the channel, and its reader hears why")
    func badAcknowledgement() async throws {
        try await withQueue(0) { queue, connection in
            let channel = try await connection.openChannel()
            _ = try await channel.consume(queue)
            try await channel.acknowledge(upTo: 99, multiple: false)
            let error = await amqpError { _ = try await channel.nextEvents(max: 1) }
            #expect(error?.code == .channelClosed && error?.replyCode == 406)
            let reason = await channel.waitUntilClosed()
            #expect(reason == error)
            #expect(connection.isOpen)
        }
    }
}
