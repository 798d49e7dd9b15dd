/// A page of an event's log: the entries that one batch added, as they are stored.
///
/// Each entry's bytes stand behind their length in two bytes. Pages abut: each begins where the one before
/// ends.
package struct LogPage: Hashable, Sendable {
    package let event: EventID
    package let firstSequence: Int64
    package let count: Int
    /// When its last entry was applied.
    package let at: Instant
    package let bytes: [UInt8]

    /// `nil` without entries.
    package init?(_ entries: [Entry], of event: EventID) {
        guard let first = entries.first, let last = entries.last else { return nil }
        self.event = event
        firstSequence = first.sequence
        count = entries.count
        at = last.at
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.bytesOfEntry * entries.count)
        for entry in entries {
            let start = bytes.count
            bytes += [0, 0]
            entry.appendBytes(to: &bytes)
            let length = bytes.count - start - 2
            bytes[start] = UInt8(truncatingIfNeeded: length >> 8)
            bytes[start + 1] = UInt8(truncatingIfNeeded: length)
        }
        self.bytes = bytes
    }

    /// About how long an entry is.
    private static let bytesOfEntry = 80

    /// A page as it was stored.
    package init(
        event: EventID, firstSequence: Int64, count: Int, at: Instant, bytes: [UInt8]
    ) {
        self.event = event
        self.firstSequence = firstSequence
        self.count = count
        self.at = at
        self.bytes = bytes
    }

    /// The entries; `nil` when the bytes are not as many entries, in their order.
    package var entries: [Entry]? {
        var rest = bytes[...]
        var entries: [Entry] = []
        while let high = rest.popFirst() {
            guard let low = rest.popFirst() else { return nil }
            let length = Int(high) << 8 | Int(low)
            guard rest.count >= length, let entry = Entry(bytes: rest.prefix(length)),
                entry.sequence == firstSequence + Int64(entries.count)
            else { return nil }
            entries.append(entry)
            rest.removeFirst(length)
        }
        return entries.count == count ? entries : nil
    }
}
