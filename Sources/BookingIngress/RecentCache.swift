/// The values used most recently, up to a number and, if wanted, up to so many bytes.
///
/// Two generations: values are put into, and found values moved to, the young one; when that is full
/// it becomes the old one, and what was old goes. So nothing used within the last `capacity / 2`
/// insertions, or half of the bytes, is lost, and there is no list to keep in order.
struct RecentCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let generationMax: Int
    private let generationBytesMax: Int
    private let bytes: (@Sendable (Value) -> Int)?
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private var (youngBytes, oldBytes) = (0, 0)

    /// A cache of values that all are small.
    init(capacity: Int) {
        (generationMax, generationBytesMax, bytes) = (max(1, capacity / 2), .max, nil)
    }

    /// A cache of values that take so many `bytes` each, which no change but an insertion changes.
    ///
    /// What takes more than half of `bytesMax` by itself is not kept.
    init(capacity: Int, bytesMax: Int, bytes: @escaping @Sendable (Value) -> Int) {
        generationMax = max(1, capacity / 2)
        generationBytesMax = bytesMax / 2
        self.bytes = bytes
    }

    /// The value, which counts as a use.
    mutating func value(for key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old[key] else { return nil }
        insert(value, for: key)
        return value
    }

    /// Puts in or replaces a value.
    mutating func insert(_ value: Value, for key: Key) {
        let added = bytes?(value) ?? 0
        if bytes != nil {
            guard added <= generationBytesMax else { return remove(key) }
            removeYoung(key)
        }
        if isFull(for: key) || youngBytes + added > generationBytesMax {
            swap(&old, &young)
            (oldBytes, youngBytes) = (youngBytes, 0)
            // What was filled once will be again: to grow anew would cost more than to keep the room.
            young.removeAll(keepingCapacity: true)
        }
        young[key] = value
        youngBytes += added
    }

    private func isFull(for key: Key) -> Bool {
        young.count >= generationMax && young[key] == nil
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

    mutating func removeAll() { (young, old) = ([:], [:]) }

    mutating func remove(_ key: Key) {
        removeYoung(key)
        if let value = old.removeValue(forKey: key) { oldBytes -= bytes?(value) ?? 0 }
    }

    private mutating func removeYoung(_ key: Key) {
        if let value = young.removeValue(forKey: key) { youngBytes -= bytes?(value) ?? 0 }
    }

    /// How many values are kept.
    var count: Int { young.count + old.keys.count { young[$0] == nil } }

    /// How many bytes they take, those that were replaced since included.
    var bytesKept: Int { youngBytes + oldBytes }
}
