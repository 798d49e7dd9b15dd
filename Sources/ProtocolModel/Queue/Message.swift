/// A message as the queue sees it: what it carries, and whether it was delivered before.
package struct Message: Hashable, Sendable {
    /// Never 0, which stands for no message in a ``MessageList``.
    let byte: UInt8
    private static let redelivered: UInt8 = 0x80
    /// What a message may carry.
    package static let payloads = UInt8(1)...0x7f

    /// A message that was never delivered; `nil` when it cannot carry that.
    package init?(payload: UInt8) {
        guard Self.payloads.contains(payload) else { return nil }
        byte = payload
    }

    init(byte: UInt8) { self.byte = byte }

    package var payload: UInt8 { byte & ~Self.redelivered }
    package var isRedelivered: Bool { byte & Self.redelivered != 0 }
    /// The message after a consumer did not settle it.
    package var comingBack: Message { Message(byte: byte | Self.redelivered) }
}

// In a scenario with holds, the upper three bits stand for ticks.
extension Message {
    static let lowestTick: UInt8 = 0x10
    /// The last time that a tick may carry; the first is 1.
    package static let tickTimeMax: UInt8 = 3

    /// A tick; `nil` when it cannot carry that time.
    init?(tickOf time: UInt8) {
        guard (1...Self.tickTimeMax).contains(time) else { return nil }
        self.init(payload: Self.lowestTick << (time - 1))
    }

    /// The time it carries, if it is a tick.
    var tickTime: UInt8? {
        guard payload >= Self.lowestTick else { return nil }
        return UInt8((payload / Self.lowestTick).trailingZeroBitCount) + 1
    }
}
