package import BookingDomain

/// A message as it stands in an event's line.
package struct QueuedMessage: Sendable {
    package let event: EventID
    package let body: [UInt8]
    package let type: String?
    /// By what a worker knows that it was published by one of us; `nil` when it carries nothing of the kind.
    package var code: [UInt8]?
    /// Its place among the deliveries, for the acknowledgement.
    package let place: DeliveryPlace
    /// Whether it was delivered before, perhaps to a worker that died.
    package let isRedelivered: Bool

    package init(
        event: EventID, body: [UInt8], type: String?, code: [UInt8]? = nil, place: DeliveryPlace,
        isRedelivered: Bool
    ) {
        self.event = event
        self.body = body
        self.type = type
        self.code = code
        self.place = place
        self.isRedelivered = isRedelivered
    }
}

/// Where a message stands among the deliveries of a channel.
package struct DeliveryPlace: Hashable, Sendable {
    /// The channel's number; no two channels of a ``ShardConsumer`` ever have the same.
    package let channel: Int
    package let tag: UInt64

    package init(channel: Int, tag: UInt64) {
        self.channel = channel
        self.tag = tag
    }
}

/// Up to where the deliveries of some channels are done with: the last place on each.
package struct DeliveryMarks: Hashable, Sendable {
    package private(set) var places: [DeliveryPlace] = []

    /// No place at all.
    package init() {}

    package init(_ first: DeliveryPlace) { places = [first] }

    /// Moves the mark of `place`'s channel on to it.
    package mutating func advance(to place: DeliveryPlace) {
        // As a rule messages of a channel come in a row.
        if let last = places.indices.last, places[last].channel == place.channel {
            places[last] = place
        } else if let index = places.firstIndex(where: { $0.channel == place.channel }) {
            places[index] = place
        } else {
            places.append(place)
        }
    }
}
