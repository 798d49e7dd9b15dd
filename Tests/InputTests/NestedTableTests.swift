import CRabbitMQ
import Testing

@testable import AMQP

/// A message's sender decides how deep its headers are nested, the broker does not look.
@Suite("Nested headers", .timeLimit(.minutes(5)))
struct NestedTableTests {
    /// The bytes of a frame beside its payload, and of what stands before the outermost array.
    private static let overhead = 64

    /// Content properties with arrays in arrays, as deep as one frame can hold.
    private static let deepest: [UInt8] = {
        let bytesMax = Int(AMQPLimits.frameBytesMax) - overhead
        var arrays: [UInt8] = []
        // From the outermost: each holds what is left.
        for depth in 0..<bytesMax / 5 {
            let rest = UInt32(bytesMax / 5 - depth - 1) * 5
            arrays += Array("A".utf8) + Swift.withUnsafeBytes(of: rest.bigEndian) { Array($0) }
        }
        let entry: [UInt8] = [1] + Array("a".utf8) + arrays
        let length = Swift.withUnsafeBytes(of: UInt32(entry.count).bigEndian) { Array($0) }
        return [0x20, 0x00] + length + entry
    }()

    @Test("Headers nested as deep as a frame allows are read to the limit, and no thread overflows")
    func deepest() async throws {
        let bytes = Self.deepest
        let properties = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<AMQPProperties?, any Error>) in
            do throws(AMQPError) {
                try DedicatedThread.start(name: "nested") {
                    continuation.resume(returning: AMQPProperties(decoding: bytes))
                }
            } catch { continuation.resume(throwing: error) }
        }
        var value = try #require(properties?.headers["a"])
        var depth = 1
        while case .array(let values) = value, let next = values.first {
            value = next
            depth += 1
        }
        #expect(value == .void)
        #expect(depth == AMQPLimits.receivedTableDepthMax + 1)
    }
}
