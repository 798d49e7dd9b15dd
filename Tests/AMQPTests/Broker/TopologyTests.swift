import Testing

@testable import AMQP

@Suite("Exchanges, queues and bindings", .timeLimit(.minutes(1)))
struct TopologyTests {
    @Test("a declaration that contradicts the queue ends its channel only")
    func contradiction() async throws {
        try await Broker.withName { queue in
            try await Broker.withConnection { connection in
                let other = try await connection.openChannel()
                let channel = try await connection.openChannel()
                _ = try await channel.declareQueue(.init(name: queue))
                let error = await amqpError {
                    _ = try await channel.declareQueue(
                        .init(name: queue, arguments: ["x-max-length": 5]))
                }
                #expect(error?.code == .channelClosed && error?.replyCode == 406)
                #expect(!channel.isOpen)
                let next = await amqpError { try await channel.purgeQueue(queue) }
                #expect(next?.code == .channelClosed)
                let status = try await other.declareQueue(.init(name: queue))
                #expect(status == .init(name: queue, messageCount: 0, consumerCount: 0))
            }
        }
    }

    @Test(
        "a declaration and a binding without an answer hold for what comes next, or end the channel"
    )
    func withoutAnswer() async throws {
        try await Broker.withName { queue in
            try await Broker.withConnection { connection in
                let channel = try await connection.openChannel()
                try await channel.enablePublisherConfirms()
                try channel.sendQueueDeclaration(.init(name: queue))
                try channel.sendQueueBinding(queue, to: "amq.direct", routingKey: queue)
                let confirmation = try await channel.publish(
                    .init(body: [1]), to: "amq.direct", routingKey: queue, mandatory: true,
                    timeout: .seconds(5))
                #expect(confirmation == .confirmed)
                #expect(try await channel.purgeQueue(queue) == 1)

                try channel.sendQueueDeclaration(
                    .init(name: queue, arguments: ["x-max-length": 5]))
                let error = await amqpError { _ = try await channel.consume(queue) }
                #expect(error?.code == .channelClosed && error?.replyCode == 406)
            }
        }
    }

    @Test("asking for a queue that is not there is answered with 404")
    func passive() async throws {
        try await Broker.withConnection { connection in
            let channel = try await connection.openChannel()
            let error = await amqpError {
                _ = try await channel.declareQueue(
                    .init(name: "test.no.such.queue", passive: true))
            }
            #expect(error?.replyCode == 404)
        }
    }

    @Test("the broker names a queue that has no name")
    func serverNamed() async throws {
        try await Broker.withConnection { connection in
            let channel = try await connection.openChannel()
            let status = try await channel.declareQueue(
                .init(durable: false, exclusive: true, autoDelete: true))
            #expect(status.name.hasPrefix("amq.gen-"))
        }
    }

    @Test("bindings route until they are undone, through an exchange bound to another too")
    func bindings() async throws {
        try await Broker.withName { queue in
            try await Broker.withName { source in
                try await Broker.withName { middle in
                    try await Broker.withConnection { connection in
                        let channel = try await connection.openChannel()
                        try await channel.declareExchange(source, kind: .topic, durable: false)
                        try await channel.declareExchange(middle, kind: .fanout, durable: false)
                        _ = try await channel.declareQueue(.init(name: queue))
                        try await channel.bindExchange(middle, to: source, routingKey: "a.*")
                        try await channel.bindQueue(queue, to: middle, routingKey: "")
                        try await channel.enablePublisherConfirms()
                        func publish(_ key: String) async throws -> AMQPConfirmation {
                            try await channel.publish(
                                AMQPPublishing(body: [1]), to: source, routingKey: key,
                                mandatory: true)
                        }
                        let returned = AMQPConfirmation.returned(code: 312, text: "NO_ROUTE")
                        #expect(try await publish("a.b") == .confirmed)
                        #expect(try await publish("b.b") == returned)
                        try await channel.unbindQueue(queue, from: middle, routingKey: "")
                        #expect(try await publish("a.b") == returned)
                        try await channel.bindQueue(queue, to: source, routingKey: "#")
                        #expect(try await publish("b.b") == .confirmed)
                        try await channel.unbindExchange(middle, from: source, routingKey: "a.*")
                        #expect(try await channel.purgeQueue(queue) == 2)
                    }
                }
            }
        }
    }

    @Test("many requests at once, on one channel and on several, are answered each its own")
    func concurrentRequests() async throws {
        try await Broker.withConnection { connection in
            let first = try await connection.openChannel()
            let second = try await connection.openChannel()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    let channel = number.isMultiple(of: 2) ? first : second
                    group.addTask {
                        let name = "test.\(number).\(UInt64.random(in: .min ... .max))"
                        let status = try await channel.declareQueue(
                            .init(name: name, durable: false, exclusive: true))
                        #expect(status.name == name)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("channels opened and closed again and again do not run out of numbers")
    func channelNumbers() async throws {
        try await Broker.withConnection { connection in
            for _ in 0..<50 {
                let channel = try await connection.openChannel()
                #expect(channel.id.number == 1)
                await channel.close()
            }
        }
    }

    @Test("a channel let go is closed")
    func channelLetGo() async throws {
        try await Broker.withConnection { connection in
            for _ in 0..<20 { _ = try await connection.openChannel() }
            try await eventually {
                let channel = try await connection.openChannel()
                defer { withExtendedLifetime(channel) {} }
                return channel.id.number < 10
            }
        }
    }
}
