/// Numbers states by their fingerprints, in the order of their coming: a hash table in two arrays.
struct StateIndex {
    /// By number.
    private(set) var fingerprints: [UInt64] = []
    /// A number plus one each, or 0; open addressing.
    private var slots: [UInt32]
    private static let sizeAtFirst = 1 << 16

    init() { slots = Array(repeating: 0, count: Self.sizeAtFirst) }

    var count: Int { fingerprints.count }

    /// The number of a state; `isNew` when it was not there.
    mutating func insert(_ fingerprint: UInt64) -> (number: UInt32, isNew: Bool) {
        var slot = place(of: fingerprint)
        while slots[slot] != 0 {
            let number = slots[slot] - 1
            if fingerprints[Int(number)] == fingerprint { return (number, false) }
            slot = (slot + 1) & (slots.count - 1)
        }
        fingerprints.append(fingerprint)
        let number = UInt32(fingerprints.count - 1)
        slots[slot] = number + 1
        if fingerprints.count > slots.count / 2 { grow() }
        return (number, true)
    }

    private func place(of fingerprint: UInt64) -> Int {
        Int(truncatingIfNeeded: fingerprint) & (slots.count - 1)
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: 2 * slots.count)
        for (number, fingerprint) in fingerprints.enumerated() {
            var slot = place(of: fingerprint)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(number + 1)
        }
    }
}
