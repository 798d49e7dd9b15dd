/// The transactions that nobody waits for; their order does not matter.
struct LateTransactions: Hashable, Sendable {
    static let countMax = 2
    private(set) var first: BatchTransaction?
    private(set) var second: BatchTransaction?

    var count: Int { (first == nil ? 0 : 1) + (second == nil ? 0 : 1) }

    subscript(index: Int) -> BatchTransaction? { index == 0 ? first : second }

    /// Whether one of them keeps the lease's row locked.
    var holdsLease: Bool { first?.isHalfSent == true || second?.isHalfSent == true }

    mutating func add(_ transaction: BatchTransaction) {
        if first == nil { first = transaction } else { second = transaction }
    }

    @discardableResult
    mutating func remove(_ index: Int) -> BatchTransaction? {
        defer {
            if index == 0 { first = second }
            second = nil
        }
        return self[index]
    }
}

extension LateTransactions {
    mutating func renumber(_ number: (UInt8) -> UInt8) {
        if let epoch = first?.epoch { first?.epoch = number(epoch) }
        if let epoch = second?.epoch { second?.epoch = number(epoch) }
    }
}
