import Testing

@testable import AMQP

@Suite("Publishing", .timeLimit(.minutes(1)))
struct PublishingTests {
    @Test("a message published is confirmed, and delivered as it was sent")
    func roundTrip() async throws {
        try await Broker.withName { queue in
            try await Broker.withConnection { connection in
                let channel = try await connection.openChannel()
                _ = try await channel.declareQueue(.init(name: queue))
                try await channel.enablePublisherConfirms()
                let publishing = Self.everything
                let confirmation = try await channel.publish(
                    publishing, to: "", routingKey: queue, mandatory: true)
                #expect(confirmation == .confirmed)
                let tag = try await channel.consume(queue)
                let delivery = try #require(try await channel.deliveries(1).first)
                #expect(delivery.body == publishing.body)
                #expect(delivery.properties == publishing.properties)
                #expect(delivery.messageID == "m-1")
                #expect(delivery.routingKey == queue && delivery.exchange.isEmpty)
                #expect(delivery.consumerTag == tag && !delivery.isRedelivered)
                try await channel.acknowledge(upTo: delivery.deliveryTag, multiple: false)
            }
        }
    }

    private static let everything = AMQPPublishing(
        body: [0, 1, 0xCE, 255], contentType: "application/json", contentEncoding: "identity",
        type: "t", messageID: "m-1", correlationID: "c-1", appID: "tests", timestamp: 1_700_000_000,
        expiration: .milliseconds(60_000), priority: 3,
        headers: [
            "bool": true, "int": -5, "big": .int(.max), "double": 1.5, "string": "ä𝄞",
            "empty": "", "bytes": .bytes([0, 255]), "time": .timestamp(1_700_000_001),
            "decimal": .decimal(scale: 2, value: 12_345), "void": .void,
            "table": .table(["inner": .table([:]), "list": .array([1, "two", .array([])])]),
        ])

    @Test("a transient message says so")
    func transient() async throws {
        try await Broker.withName { queue in
            try await Broker.withConnection { connection in
                let channel = try await connection.openChannel()
                _ = try await channel.declareQueue(.init(name: queue))
                try await channel.enablePublisherConfirms()
                _ = try await channel.publish(
                    AMQPPublishing(body: [], isPersistent: false), to: "", routingKey: queue)
                _ = try await channel.consume(queue)
                let delivery = try #require(try await channel.deliveries(1).first)
                #expect(!delivery.isPersistent && delivery.body.isEmpty)
            }
        }
    }

    @Test(
        "1000 at once from as many tasks: the unroutable are returned, their neighbours confirmed",
        arguments: [false, true])
    func mixedBurst(throughLibrary: Bool) async throws {
        try await Broker.withName { queue in
            var configuration = try Broker.configuration()
            configuration.writesThroughLibrary = throughLibrary
            let connection = try await AMQPConnection.connect(
                configuration, logger: Broker.logger)
            let channel = try await connection.openChannel()
            _ = try await channel.declareQueue(.quorum(queue))
            try await channel.enablePublisherConfirms()
            let outcomes = try await withThrowingTaskGroup(
                of: (Int, AMQPConfirmation).self
            ) { group in
                for number in 0..<1000 {
                    group.addTask {
                        // Every third has nowhere to go; ids are given to half of them.
                        let publishing = AMQPPublishing(
                            body: Array("\(number)".utf8),
                            messageID: number.isMultiple(of: 2) ? "id-\(number)" : nil)
                        let confirmation = try await channel.publish(
                            publishing, to: "",
                            routingKey: number.isMultiple(of: 3) ? "\(queue).nowhere" : queue,
                            mandatory: true)
                        return (number, confirmation)
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for number in 0..<1000 {
                let expected: AMQPConfirmation =
                    number.isMultiple(of: 3) ? .returned(code: 312, text: "NO_ROUTE") : .confirmed
                #expect(outcomes[number] == expected, "number \(number)")
            }
            let status = try await channel.declareQueue(
                .init(name: queue, passive: true))
            #expect(status.messageCount == 666)
            await connection.close()
        }
    }

    @Test("not mandatory, an unroutable message is confirmed all the same")
    func unroutable() async throws {
        try await Broker.withConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.enablePublisherConfirms()
            let confirmation = try await channel.publish(
                AMQPPublishing(body: [1]), to: "", routingKey: "test.nowhere")
            #expect(confirmation == .confirmed)
        }
    }

    @Test("a full queue that rejects nacks")
    func nacked() async throws {
        try await Broker.withName { queue in
            try await Broker.withConnection { connection in
                let channel = try await connection.openChannel()
                _ = try await channel.declareQueue(
                    .init(
                        name: queue, arguments: ["x-max-length": 1, "x-overflow": "reject-publish"])
                )
                try await channel.enablePublisherConfirms()
                var outcomes: [AMQPConfirmation] = []
                for _ in 0..<3 {
                    outcomes.append(
                        try await channel.publish(
                            AMQPPublishing(body: [1]), to: "", routingKey: queue, mandatory: true))
                }
                #expect(outcomes == [.confirmed, .nacked, .nacked])
            }
        }
    }

    @Test(
        "bodies that span frames arrive whole, both ways",
        arguments: [131_064, 131_065, 200_000, 5_000_000])
    func large(size: Int) async throws {
        try await Broker.withName { queue in
            try await Broker.withConnection { connection in
                let channel = try await connection.openChannel()
                _ = try await channel.declareQueue(.init(name: queue))
                try await channel.enablePublisherConfirms()
                let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 251) }
                _ = try await channel.publish(AMQPPublishing(body: body), to: "", routingKey: queue)
                _ = try await channel.consume(queue)
                let delivery = try #require(try await channel.deliveries(1).first)
                #expect(delivery.body == body)
            }
        }
    }

    @Test("publishing to an exchange that is not there ends the channel, outcome unknown")
    func missingExchange() async throws {
        try await Broker.withConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.enablePublisherConfirms()
            let error = await amqpError {
                _ = try await channel.publish(
                    AMQPPublishing(body: [1]), to: "test.no.such.exchange", routingKey: "k")
            }
            #expect(error?.code == .channelClosed && error?.replyCode == 404)
            #expect(error?.isSafeToRetry == false)
            let next = await amqpError {
                _ = try await channel.publish(AMQPPublishing(body: [1]), to: "", routingKey: "k")
            }
            #expect(next?.code == .channelClosed && next?.isSafeToRetry == true)
            #expect(connection.isOpen)
        }
    }

    @Test("without confirms enabled a publish is refused")
    func withoutConfirms() async throws {
        try await Broker.withConnection { connection in
            let channel = try await connection.openChannel()
            let error = await amqpError {
                _ = try await channel.publish(AMQPPublishing(body: [1]), to: "", routingKey: "k")
            }
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test("a confirm that comes too late is a timeout for its message and nobody else's")
    func lateConfirm() async throws {
        try await Broker.withName { queue in
            try await BreakableProxy.run(before: Broker.configuration()) { proxy, configuration in
                let connection = try await AMQPConnection.connect(
                    configuration, logger: Broker.logger)
                let channel = try await connection.openChannel()
                _ = try await channel.declareQueue(.init(name: queue))
                try await channel.enablePublisherConfirms()
                await proxy.set(.deaf)
                let error = await amqpError {
                    _ = try await channel.publish(
                        AMQPPublishing(body: [1], messageID: "same"), to: "",
                        routingKey: "\(queue).nowhere", mandatory: true,
                        timeout: .milliseconds(100))
                }
                #expect(error?.code == .timeout && error?.isSafeToRetry == false)
                await proxy.set(.open)
                try await channel.publish(["a", "b"], toQueue: queue)
                await connection.close()
            }
        }
    }
}
