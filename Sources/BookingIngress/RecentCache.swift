/// The values used most recently, up to a number.
///
/// Two generations: values are put into, and found values moved to, the young one; when that is full
/// it becomes the old one, and what was old goes. So nothing used within the last `capacity / 2`
/// insertions is lost, and there is no list to keep in order.
struct RecentCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let generationMax: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    init(capacity: Int) { generationMax = max(1, capacity / 2) }

    /// The value, which counts as a use.
    mutating func value(for key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old[key] else { return nil }
        insert(value, for: key)
        return value
    }

    /// Puts in or replaces a value.
    mutating func insert(_ value: Value, for key: Key) {
        if young.count >= generationMax, young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
    }

    /// Changes a value, or the one that is put in for it, where it is; counts as a use.
    mutating func use<Result>(
        _ key: Key, default value: @autoclosure () -> Value, _ change: (inout Value) -> Result
    ) -> Result {
        if let index = young.index(forKey: key) { return change(&young.values[index]) }
        var changed = self.value(for: key) ?? value()
        defer { insert(changed, for: key) }
        return change(&changed)
    }

    /// Changes a value where it is, if it is there; this is no use.
    mutating func update(_ key: Key, _ change: (inout Value) -> Void) {
        if var value = young[key] {
            change(&value)
            young[key] = value
        } else if var value = old[key] {
            change(&value)
            old[key] = value
        }
    }

    mutating func remove(_ key: Key) {
        young[key] = nil
        old[key] = nil
    }

    /// How many values are kept.
    var count: Int { young.count + old.keys.count { young[$0] == nil } }
}
