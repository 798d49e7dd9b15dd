import Synchronization
import Testing

@testable import AMQP

@Suite("The publisher", .timeLimit(.minutes(1)))
struct PublisherTests {
    private let quick = AMQPBackoff(first: .milliseconds(10), cap: .milliseconds(50))
    private let message = AMQPPublishing(body: [1])

    private func publisher(
        _ configuration: AMQPConfiguration, channels: Int = 1, inFlightMax: Int = 1000,
        timeout: Duration = .seconds(5), topology: AMQPPublisher.Topology? = nil
    ) -> AMQPPublisher {
        AMQPPublisher(
            configuration: configuration, channels: channels, inFlightMax: inFlightMax,
            publishTimeout: timeout, backoff: quick, logger: Broker.logger, topology: topology)
    }

    /// Runs the publisher while `body` runs, and waits for its end.
    private func running(
        _ publisher: AMQPPublisher, _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await publisher.run() }
            try await eventually { publisher.state == .connected }
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(publisher.state == .disconnected(nil))
    }

    @Test("declares its topology before it lets anything through")
    func topology() async throws {
        try await Broker.withName { queue in
            let publisher = publisher(try Broker.configuration()) { channel in
                _ = try await channel.declareQueue(.quorum(queue))
            }
            let early = await amqpError {
                _ = try await publisher.publish(message, to: "", routingKey: queue)
            }
            #expect(early?.code == .unavailable && early?.isSafeToRetry == true)
            try await running(publisher) {
                let confirmation = try await publisher.publish(
                    message, to: "", routingKey: queue, mandatory: true)
                #expect(confirmation == .confirmed)
            }
            let late = await amqpError {
                _ = try await publisher.publish(message, to: "", routingKey: queue)
            }
            #expect(late?.code == .unavailable)
        }
    }

    @Test("declares its topology again when an exchange that it publishes to was deleted")
    func exchangeDeleted() async throws {
        try await Broker.withName { name in
            let publisher = publisher(try Broker.configuration()) { channel in
                try await channel.declareExchange(name, kind: .direct)
            }
            let observer = try await Broker.connect()
            let observing = try await observer.openChannel()
            try await running(publisher) {
                for _ in 1...3 {
                    try await observing.deleteExchange(name)
                    let failure = await amqpError {
                        _ = try await publisher.publish(message, to: name, routingKey: "")
                    }
                    #expect(failure?.replyCode == 404)
                    try await eventually { publisher.state == .connected }
                    let confirmation = try await publisher.publish(
                        message, to: name, routingKey: "", mandatory: true)
                    guard case .returned = confirmation else {
                        Issue.record("not returned: \(confirmation)")
                        return
                    }
                }
            }
            try await observing.deleteExchange(name)
            await observer.close()
        }
    }

    @Test("after a cut it comes back; what was in flight gets an error and no false confirm")
    func cut() async throws {
        try await Broker.withName { queue in
            let observer = try await Broker.connect()
            let observing = try await observer.openChannel()
            _ = try await observing.declareQueue(.quorum(queue))
            try await BreakableProxy.run(before: Broker.configuration()) { proxy, configuration in
                let publisher = publisher(configuration)
                try await running(publisher) {
                    for round in 1...3 {
                        await proxy.set(.deaf)
                        let errors = await withTaskGroup(of: AMQPError?.self) { group in
                            for _ in 0..<50 {
                                group.addTask {
                                    await amqpError {
                                        _ = try await publisher.publish(
                                            message, to: "", routingKey: queue, mandatory: true)
                                    }
                                }
                            }
                            // The broker has them all, only its confirms do not come through.
                            try? await eventually {
                                let status = try await observing.declareQueue(
                                    .init(name: queue, passive: true))
                                return status.messageCount == 50
                            }
                            await proxy.cut()
                            return await group.reduce(into: []) { $0.append($1) }
                        }
                        #expect(errors.count == 50)
                        for error in errors {
                            #expect(error?.code == .connectionClosed)
                            #expect(error?.isSafeToRetry == false)
                        }
                        try await observing.purgeQueue(queue)
                        await proxy.set(.open)
                        try await eventually { publisher.state == .connected }
                        let confirmation = try await publisher.publish(
                            message, to: "", routingKey: queue, mandatory: true)
                        #expect(confirmation == .confirmed, "round \(round)")
                        try await observing.purgeQueue(queue)
                    }
                }
            }
            await observer.close()
        }
    }

    @Test("above the limit of messages in flight it refuses at once")
    func overloaded() async throws {
        try await BreakableProxy.run(before: Broker.configuration()) { proxy, configuration in
            let publisher = publisher(configuration, inFlightMax: 2)
            try await running(publisher) {
                await proxy.set(.deaf)
                async let first = publisher.publish(message, to: "", routingKey: "test.nowhere")
                async let second = publisher.publish(message, to: "", routingKey: "test.nowhere")
                try await eventually { publisher.inFlight == 2 }
                let error = await amqpError {
                    _ = try await publisher.publish(message, to: "", routingKey: "k")
                }
                #expect(error?.code == .overloaded && error?.isSafeToRetry == true)
                await proxy.set(.open)
                let confirmations = try await [first, second]
                #expect(confirmations == [.confirmed, .confirmed])
            }
        }
    }

    @Test("a message that is not confirmed in time is a timeout, and not safe to count as unsent")
    func timeout() async throws {
        try await BreakableProxy.run(before: Broker.configuration()) { proxy, configuration in
            let publisher = publisher(configuration, timeout: .milliseconds(150))
            try await running(publisher) {
                await proxy.set(.deaf)
                let error = await amqpError {
                    _ = try await publisher.publish(message, to: "", routingKey: "test.nowhere")
                }
                #expect(error?.code == .timeout && error?.isSafeToRetry == false)
                await proxy.set(.open)
            }
        }
    }

    @Test("over several channels the messages of one routing key keep their order")
    func order() async throws {
        try await Broker.withName { exchange in
            let keys = (0..<12).map { "\(exchange).\($0)" }
            let publisher = publisher(try Broker.configuration(), channels: 5) { channel in
                for key in keys { _ = try await channel.declareQueue(.quorum(key)) }
            }
            let confirmed = Mutex(0)
            try await running(publisher) {
                for number in 0..<UInt8(50) {
                    for key in keys {
                        publisher.publish(
                            AMQPPublishing(body: [number]), to: "", routingKey: key,
                            mandatory: true
                        ) { result in
                            guard case .success(.confirmed) = result else { return }
                            confirmed.withLock { $0 += 1 }
                        }
                    }
                }
                try await eventually { confirmed.withLock { $0 } == 50 * keys.count }
                #expect(publisher.inFlight == 0)
            }
            try await Broker.withConnection { connection in
                for key in keys {
                    let channel = try await connection.openChannel()
                    _ = try await channel.consume(key)
                    let bodies = try await channel.deliveries(50).map(\.body)
                    #expect(bodies == (0..<50).map { [$0] })
                    _ = try await channel.deleteQueue(key)
                }
            }
        }
    }

    @Test(
        "an exchange that is not there costs the channel, and the publisher opens another",
        arguments: [1, 3])
    func channelLost(channels: Int) async throws {
        let publisher = publisher(try Broker.configuration(), channels: channels)
        try await running(publisher) {
            let error = await amqpError {
                _ = try await publisher.publish(
                    message, to: "test.no.such.exchange", routingKey: "k")
            }
            #expect(error?.code == .channelClosed && error?.replyCode == 404)
            try await eventually { publisher.state == .connected }
            let confirmation = try await publisher.publish(
                message, to: "", routingKey: "test.nowhere")
            #expect(confirmation == .confirmed)
        }
    }

    @Test("a message on a new channel is confirmed; a channel lost that way is lost alone")
    func newChannel() async throws {
        try await Broker.withName { queue in
            let publisher = publisher(try Broker.configuration()) { channel in
                _ = try await channel.declareQueue(.quorum(queue))
            }
            try await running(publisher) {
                let confirmation = try await publisher.publish(
                    message, to: "", routingKey: queue, mandatory: true, onNewChannel: true)
                #expect(confirmation == .confirmed)
                let error = await amqpError {
                    _ = try await publisher.publish(
                        message, to: "no such exchange", routingKey: queue, onNewChannel: true)
                }
                #expect(error?.code == .channelClosed)
                #expect(publisher.state == .connected)
                #expect(publisher.inFlight == 0)
            }
        }
    }

    @Test("a declaration on demand that fails does not disturb publishing")
    func declarationOnDemand() async throws {
        try await Broker.withName { queue in
            let publisher = publisher(try Broker.configuration())
            try await running(publisher) {
                _ = try await publisher.withChannel { try await $0.declareQueue(.quorum(queue)) }
                let error = await amqpError {
                    _ = try await publisher.withChannel {
                        try await $0.declareQueue(.init(name: queue))
                    }
                }
                #expect(error?.replyCode == 406)
                let confirmation = try await publisher.publish(
                    message, to: "", routingKey: queue, mandatory: true)
                #expect(confirmation == .confirmed)
            }
        }
    }

    @Test("cancelled, it refuses new messages and waits for those in flight")
    func drain() async throws {
        try await BreakableProxy.run(before: Broker.configuration()) { proxy, configuration in
            let publisher = publisher(configuration)
            let run = Task { try await publisher.run() }
            try await eventually { publisher.state == .connected }
            await proxy.set(.deaf)
            async let inFlight = publisher.publish(message, to: "", routingKey: "test.nowhere")
            try await eventually { publisher.inFlight == 1 }
            run.cancel()
            try await eventually { publisher.state != .connected }
            let error = await amqpError {
                _ = try await publisher.publish(message, to: "", routingKey: "k")
            }
            #expect(error?.code == .unavailable)
            await proxy.set(.open)
            let confirmation = try await inFlight
            #expect(confirmation == .confirmed)
            try await run.value
            #expect(publisher.state == .disconnected(nil))
        }
    }

    @Test("says why it is not connected")
    func reason() async throws {
        var configuration = try Broker.configuration()
        configuration.password = "wrong"
        let publisher = publisher(configuration)
        let run = Task { try await publisher.run() }
        try await eventually {
            if case .disconnected(let reason?) = publisher.state {
                return reason.code == .authenticationFailed
            }
            return false
        }
        run.cancel()
        try await run.value
    }
}
