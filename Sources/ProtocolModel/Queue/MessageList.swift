/// Up to eight messages in order, in one word: the explorer holds millions of states.
package struct MessageList: Hashable, Sendable, RandomAccessCollection {
    package static let countMax = 8
    private var word: UInt64 = 0

    package init() {}

    package init(_ messages: some Sequence<Message>) {
        for message in messages { append(message) }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { (UInt64.bitWidth - word.leadingZeroBitCount + 7) / 8 }
    package subscript(index: Int) -> Message {
        Message(byte: UInt8(truncatingIfNeeded: word >> UInt64(8 * index)))
    }

    /// Adds a message behind the others; whoever calls sees to it that there is room.
    package mutating func append(_ message: Message) {
        precondition(count < Self.countMax, "a list of the model is full")
        word |= UInt64(message.byte) << UInt64(8 * count)
    }

    package mutating func append(contentsOf other: MessageList) {
        for message in other { append(message) }
    }

    package mutating func popFirst() -> Message? {
        guard let first else { return nil }
        word >>= 8
        return first
    }

    package mutating func removeFirst(_ count: Int) {
        word >>= UInt64(8 * count)
    }

    package mutating func removeLast(_ count: Int) {
        word &= UInt64.max >> UInt64(8 * (Self.countMax - self.count + count))
    }

    @discardableResult
    package mutating func remove(at index: Int) -> Message {
        let removed = self[index]
        var behind = self
        behind.removeFirst(index + 1)
        removeLast(count - index)
        append(contentsOf: behind)
        return removed
    }

    /// All of them, each as it comes back to the queue.
    package var comingBack: MessageList { MessageList(map(\.comingBack)) }
}
