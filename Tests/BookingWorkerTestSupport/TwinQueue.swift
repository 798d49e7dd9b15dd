import BookingDomain

/// An event's queue in memory: a quorum queue with a single active consumer.
///
/// What a channel had in hand when it ended goes back in order, before what waits and behind what came back
/// before; what a consumer gives back goes to the tail.
struct TwinQueue: Sendable {
    struct Stored: Sendable {
        let body: [UInt8]
        let type: String?
        var isRedelivered = false
    }

    /// A consumer of the queue, on a channel.
    struct Consumer: Hashable, Sendable {
        let source: Int
        let channel: Int
        let tag: String
    }

    struct InHand: Sendable {
        let message: Stored
        let consumer: Consumer
        let tag: UInt64
    }

    private(set) var ready: ArraySlice<Stored> = []
    private(set) var returned: ArraySlice<Stored> = []
    private(set) var inHand: [InHand] = []
    /// The first of them is the active one.
    private(set) var consumers: [Consumer] = []

    mutating func publish(_ message: Stored) { ready.append(message) }

    mutating func consume(_ consumer: Consumer) { consumers.append(consumer) }

    /// What the active consumer is given next, if it may have more than it has.
    mutating func deliver(prefetch: Int, tag: (Consumer) -> UInt64) -> InHand? {
        guard let active = consumers.first,
            inHand.count(where: { $0.consumer == active }) < prefetch,
            let message = returned.popFirst() ?? ready.popFirst()
        else { return nil }
        let delivery = InHand(message: message, consumer: active, tag: tag(active))
        inHand.append(delivery)
        return delivery
    }

    /// Everything of a channel up to a tag is done.
    mutating func acknowledge(_ source: Int, _ channel: Int, upTo tag: UInt64) {
        inHand.removeAll {
            $0.consumer.source == source && $0.consumer.channel == channel && $0.tag <= tag
        }
    }

    /// A message goes to the tail.
    mutating func putBack(_ source: Int, _ channel: Int, _ tag: UInt64) {
        guard
            let index = inHand.firstIndex(where: {
                $0.consumer.source == source && $0.consumer.channel == channel && $0.tag == tag
            })
        else { return }
        var message = inHand.remove(at: index).message
        message.isRedelivered = true
        ready.append(message)
    }

    /// A channel has ended; with `isDisorderly` what it had goes to the tail, which no broker may do.
    mutating func channelEnded(_ source: Int, _ channel: Int, isDisorderly: Bool) {
        func isOfChannel(_ consumer: Consumer) -> Bool {
            consumer.source == source && consumer.channel == channel
        }
        consumers.removeAll(where: isOfChannel)
        let back = inHand.filter { isOfChannel($0.consumer) }.map { held in
            var message = held.message
            message.isRedelivered = true
            return message
        }
        inHand.removeAll { isOfChannel($0.consumer) }
        if isDisorderly { ready += back } else { returned += back }
    }
}
