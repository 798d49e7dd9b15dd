import Testing

@testable import AMQP

@Suite("Connections", .timeLimit(.minutes(1)))
struct ConnectionTests {
    @Test("a wrong password is told apart")
    func wrongPassword() async throws {
        var configuration = try Broker.configuration()
        configuration.password = "not the password"
        let error = await amqpError {
            _ = try await AMQPConnection.connect(configuration, logger: Broker.logger)
        }
        #expect(error?.code == .authenticationFailed && error?.replyCode == 403)
        #expect(error?.description.contains("not the password") == false)
    }

    @Test("a virtual host that is not there is told by the broker")
    func wrongVirtualHost() async throws {
        var configuration = try Broker.configuration()
        configuration.virtualHost = "test.no.such.host"
        let error = await amqpError {
            _ = try await AMQPConnection.connect(configuration, logger: Broker.logger)
        }
        #expect(error?.code == .connectFailed && error?.replyCode == 530)
    }

    @Test("a port nobody listens on, and a host nobody knows, are connectFailed")
    func deadAddress() async throws {
        var configuration = try Broker.configuration()
        configuration.addresses = [
            AMQPAddress(host: "127.0.0.1", port: try LoopbackSocket.deadPort()),
            AMQPAddress(host: "no.such.host.invalid", port: 1),
        ]
        let error = await amqpError {
            _ = try await AMQPConnection.connect(configuration, logger: Broker.logger)
        }
        #expect(error?.code == .connectFailed && error?.isSafeToRetry == true)
        #expect(error?.message.contains("no.such.host.invalid") == true)
    }

    @Test("why nothing can be connected to is told in the system's words")
    func cause() async throws {
        var configuration = try Broker.configuration()
        configuration.addresses = [
            AMQPAddress(host: "127.0.0.1", port: try LoopbackSocket.deadPort())
        ]
        let error = await amqpError {
            _ = try await AMQPConnection.connect(configuration, logger: Broker.logger)
        }
        #expect(error?.message.hasSuffix("Connection refused") == true)
    }

    @Test(
        "a broker that allows only small frames is refused, and told of with both sizes",
        arguments: [1, 4095, 4096, UInt32(AMQPLimits.frameBytesMin) - 1])
    func smallFrames(frameMax: UInt32) async throws {
        try await TuningServer.run(frameMax: frameMax, instead: Broker.configuration()) {
            configuration in
            let error = await amqpError {
                _ = try await AMQPConnection.connect(configuration, logger: Broker.logger)
            }
            // What is below the protocol's limit counts as that.
            let allowed = max(frameMax, 4096)
            #expect(error?.code == .connectFailed && error?.isSafeToRetry == true)
            #expect(
                error?.message.hasSuffix(
                    "the broker allows frames of \(allowed) bytes (frame_max), and "
                        + "\(AMQPLimits.frameBytesMin) are needed") == true)
        }
    }

    @Test(
        "frames as large as needed, of any size, or of an absurd one are agreed on",
        arguments: [UInt32(AMQPLimits.frameBytesMin), 0, .max])
    func frames(frameMax: UInt32) async throws {
        try await TuningServer.run(frameMax: frameMax, instead: Broker.configuration()) {
            configuration in
            let connection = try await AMQPConnection.connect(configuration, logger: Broker.logger)
            #expect(connection.isOpen)
            await connection.close()
        }
    }

    @Test("a server that accepts and says nothing is given up in time")
    func silentServer() async throws {
        let listener = try #require(LoopbackSocket.listen())
        defer { LoopbackSocket.close(listener) }
        var configuration = try Broker.configuration()
        configuration.addresses = [
            AMQPAddress(host: "127.0.0.1", port: LoopbackSocket.port(of: listener))
        ]
        configuration.connectTimeout = .milliseconds(200)
        let started = ContinuousClock.now
        let error = await amqpError {
            _ = try await AMQPConnection.connect(configuration, logger: Broker.logger)
        }
        #expect(error?.code == .connectFailed)
        #expect(ContinuousClock.now - started < .seconds(3))
    }

    @Test("cancelling a connect returns at once")
    func cancelledConnect() async throws {
        let listener = try #require(LoopbackSocket.listen())
        defer { LoopbackSocket.close(listener) }
        var configuration = try Broker.configuration()
        configuration.addresses = [
            AMQPAddress(host: "127.0.0.1", port: LoopbackSocket.port(of: listener))
        ]
        configuration.connectTimeout = .seconds(30)
        let task = Task { [configuration] in
            _ = try await AMQPConnection.connect(configuration, logger: Broker.logger)
        }
        task.cancel()
        let started = ContinuousClock.now
        let error = await amqpError { try await task.value }
        #expect(error?.code == .cancelled)
        #expect(ContinuousClock.now - started < .seconds(5))
        // Ends the thread that still waits for the login.
        LoopbackSocket.acceptAndClose(listener)
    }

    @Test("the second address is taken when the first is dead")
    func secondAddress() async throws {
        var configuration = try Broker.configuration()
        configuration.addresses.insert(
            AMQPAddress(host: "127.0.0.1", port: try LoopbackSocket.deadPort()), at: 0)
        let connection = try await AMQPConnection.connect(
            configuration, firstAddress: 0, logger: Broker.logger)
        #expect(connection.addressIndex == 1)
        await connection.close()
    }

    @Test("an idle connection with a heartbeat of 1 s stays up for 5 s")
    func idle() async throws {
        let connection = try await Broker.connect(heartbeat: .seconds(1))
        // Nothing can be observed but that nothing happens.
        let end = await withTaskGroup(of: AMQPError?.self) { group in
            group.addTask { await connection.waitUntilClosed() }
            group.addTask {
                try? await Task.sleep(for: .seconds(5))
                return .cancelled
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        #expect(end == .cancelled)
        #expect(connection.isOpen)
        _ = try await connection.openChannel()
        await connection.close()
    }

    @Test("a broker that falls silent is noticed within three heartbeats")
    func silentBroker() async throws {
        try await BreakableProxy.run(
            before: Broker.configuration(heartbeat: .seconds(1))
        ) { proxy, configuration in
            let connection = try await AMQPConnection.connect(
                configuration, logger: Broker.logger)
            let channel = try await connection.openChannel()
            try await channel.enablePublisherConfirms()
            await proxy.set(.stalled)
            let stalled = ContinuousClock.now
            let error = await amqpError {
                _ = try await channel.publish(
                    AMQPPublishing(body: [1]), to: "", routingKey: "k", timeout: .seconds(30))
            }
            #expect(error?.code == .connectionClosed && error?.isSafeToRetry == false)
            #expect(ContinuousClock.now - stalled < .seconds(3))
            #expect(!connection.isOpen)
        }
    }

    @Test(
        "writing more than a stalled peer takes ends in time, whoever writes",
        arguments: [false, true])
    func stuckWrite(throughLibrary: Bool) async throws {
        try await BreakableProxy.run(
            before: Broker.configuration(heartbeat: .seconds(1))
        ) { proxy, target in
            var configuration = target
            configuration.writesThroughLibrary = throughLibrary
            let connection = try await AMQPConnection.connect(
                configuration, logger: Broker.logger)
            let channel = try await connection.openChannel()
            try await channel.enablePublisherConfirms()
            await proxy.set(.stalled)
            let stalled = ContinuousClock.now
            try await within(.seconds(20)) {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<10 {
                        group.addTask {
                            let body = [UInt8](repeating: 0, count: 2_000_000)
                            let error = await amqpError {
                                _ = try await channel.publish(
                                    AMQPPublishing(body: body), to: "", routingKey: "k",
                                    timeout: .seconds(60))
                            }
                            #expect(
                                error?.code == .connectionClosed || error?.code == .overloaded)
                        }
                    }
                }
            }
            #expect(ContinuousClock.now - stalled < .seconds(6))
            #expect(!connection.isOpen)
        }
    }

    @Test("a request without answer times out, and the connection goes on")
    func requestTimeout() async throws {
        try await BreakableProxy.run(before: Broker.configuration()) { proxy, target in
            var configuration = target
            configuration.requestTimeout = .milliseconds(200)
            let connection = try await AMQPConnection.connect(
                configuration, logger: Broker.logger)
            let channel = try await connection.openChannel()
            await proxy.set(.deaf)
            let error = await amqpError { try await channel.setPrefetch(1) }
            #expect(error?.code == .timeout)
            await proxy.set(.open)
            try await eventually { (try? await channel.setPrefetch(2)) != nil }
            await connection.close()
        }
    }

    @Test("a cut connection fails everything that waits on it")
    func cut() async throws {
        try await BreakableProxy.run(before: Broker.configuration()) { proxy, configuration in
            let connection = try await AMQPConnection.connect(
                configuration, logger: Broker.logger)
            let channel = try await connection.openChannel()
            await proxy.set(.deaf)
            async let request = amqpError { try await channel.setPrefetch(1) }
            async let events = amqpError { _ = try await channel.nextEvents(max: 1) }
            async let opening = amqpError { _ = try await connection.openChannel() }
            try await eventually { channel.mailbox.inbox.hasReader }
            await proxy.cut()
            for error in await [request, events, opening] {
                #expect(error?.code == .connectionClosed)
            }
            let reason = await connection.waitUntilClosed()
            #expect(reason?.code == .connectionClosed)
            let late = await amqpError { _ = try await connection.openChannel() }
            #expect(late?.isSafeToRetry == true)
        }
    }

    @Test("closing is what we asked for, and may be done twice")
    func close() async throws {
        let connection = try await Broker.connect()
        let channel = try await connection.openChannel()
        await connection.close()
        let reason = await connection.waitUntilClosed()
        #expect(reason == nil)
        await connection.close()
        let error = await amqpError { _ = try await channel.nextEvents(max: 1) }
        #expect(error?.code == .connectionClosed)
        await channel.close()
    }

    @Test("a farewell a stalled peer does not answer takes no longer than its limit")
    func farewellToStalledPeer() async throws {
        try await BreakableProxy.run(before: Broker.configuration()) { proxy, configuration in
            let connection = try await AMQPConnection.connect(
                configuration, logger: Broker.logger)
            await proxy.set(.stalled)
            let started = ContinuousClock.now
            await connection.close()
            #expect(ContinuousClock.now - started < .seconds(4))
            let reason = await connection.waitUntilClosed()
            #expect(reason == nil)
        }
    }
}
