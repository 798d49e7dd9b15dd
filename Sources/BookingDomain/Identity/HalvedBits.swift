/// 128 bits, kept as two words.
///
/// Identifiers go through async functions everywhere, and Swift 6.3.1 miscompiles a `UInt128` among
/// the parameters of a `nonisolated(nonsending)` one in debug builds on x86-64: when its halves fall to
/// a register and the stack, the caller resumes at a null address. Two words have no such alignment.
struct HalvedBits: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    init(_ bits: UInt128) {
        high = UInt64(truncatingIfNeeded: bits >> 64)
        low = UInt64(truncatingIfNeeded: bits)
    }

    /// Takes the first 16 of `bytes`, most significant first.
    init(bytes: some Sequence<UInt8>) {
        // For arithmetic on 128 bits costs more than all the rest.
        var (high, low): (UInt64, UInt64) = (0, 0)
        for byte in bytes.prefix(16) {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(byte)
        }
        (self.high, self.low) = (high, low)
    }

    /// Appends the 16 bytes, most significant first.
    func appendBytes(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: high.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: low.bigEndian) { bytes.append(contentsOf: $0) }
    }

    var joined: UInt128 { UInt128(high) << 64 | UInt128(low) }
}
