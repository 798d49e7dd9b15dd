import Synchronization

/// A floating-point number that many threads may change at once.
struct AtomicDouble: ~Copyable, Sendable {
    private let bits = Atomic<UInt64>(Double.zero.bitPattern)

    func load() -> Double {
        Double(bitPattern: bits.load(ordering: .relaxed))
    }

    func store(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    /// Adds `amount`; each failed round means that another thread's addition succeeded.
    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let change = bits.weakCompareExchange(
                expected: old, desired: new, ordering: .relaxed)
            if change.exchanged { return }
            old = change.original
        }
    }
}
