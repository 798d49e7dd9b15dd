import NIOCore
import NIOPosix

/// All that comes until the server ends the connection.
func text(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws -> String {
    var answer = ByteBuffer()
    for try await part in inbound { answer.writeImmutableBuffer(part) }
    return String(buffer: answer)
}

/// A port of this machine, for connections over which a test sends bytes of its own.
struct TestPort: Sendable {
    let port: Int

    /// Sends bytes, and reads until the server closes the connection.
    func raw(_ bytes: String, from address: String? = nil) async throws -> String {
        try await withConnection(from: address) { inbound, outbound in
            try await outbound.write(ByteBuffer(string: bytes))
            return try await text(inbound)
        }
    }

    func withConnection<Result>(
        from address: String? = nil,
        _ body: (
            NIOAsyncChannelInboundStream<ByteBuffer>, NIOAsyncChannelOutboundWriter<ByteBuffer>
        ) async throws -> Result
    ) async throws -> Result {
        try await connect(from: address).executeThenClose { inbound, outbound in
            try await body(inbound, outbound)
        }
    }

    /// A connection, from an address of its own if one is given.
    func connect(from address: String? = nil) async throws -> NIOAsyncChannel<
        ByteBuffer, ByteBuffer
    > {
        var bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        if let address {
            bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: address, port: 0))
        }
        return try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                    wrappingChannelSynchronously: channel,
                    configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }
    }
}

extension TestIngress {
    var bytes: TestPort { TestPort(port: port) }

    /// Sends bytes, and reads until the server closes the connection.
    func raw(_ bytes: String) async throws -> String { try await self.bytes.raw(bytes) }

    func withConnection<Result>(
        _ body: (
            NIOAsyncChannelInboundStream<ByteBuffer>, NIOAsyncChannelOutboundWriter<ByteBuffer>
        ) async throws -> Result
    ) async throws -> Result {
        try await bytes.withConnection(body)
    }

    func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await bytes.connect()
    }
}
