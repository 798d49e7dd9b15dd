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

    var joined: UInt128 { UInt128(high) << 64 | UInt128(low) }
}
