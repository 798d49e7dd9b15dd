package import BookingDomain

/// Which events of a shard are consumed on which channel, and how far each channel's deliveries are
/// taken and acknowledged.
///
/// An event's place is one of a few, by its id. A place has no channel until one is opened for it, and a new
/// one each time an event has to be taken off: a channel that is to be closed takes no more at once,
/// and is closed when all that was taken from it is acknowledged.
///
/// An event with a message that nobody here can read has a place apart from then on, so that it hinders the
/// others once and not each time it is tried.
package struct ConsumptionPlan: Sendable {
    /// What a consumer tag stands for.
    private struct Consumer: Sendable {
        let event: EventID
        let channel: Int
    }

    /// How far the deliveries of a channel are.
    private struct Progress: Sendable {
        var taken: UInt64 = 0
        var acknowledged: UInt64 = 0
    }

    private static let numberWidth = 9

    /// The consumers whose deliveries count, by their tags.
    private var consumers: [String: Consumer] = [:]
    private var tags: [EventID: String] = [:]
    /// The channel of each place that has one.
    private var channels: [Int: Int] = [:]
    private var progress: [Int: Progress] = [:]
    private var lastTag = 0
    /// The channels that take no more, before anybody has said which events are to leave them.
    private var halted: Set<Int> = []
    /// The events whose place is apart.
    private var apart: Set<EventID> = []

    private let places: Int

    package init(places: Int) { self.places = places }

    /// The place of an event.
    package func place(of event: EventID) -> Int {
        if apart.contains(event) { return places }
        // Randomness stands at the end of an id.
        return Int(truncatingIfNeeded: event.bits % UInt128(places))
    }

    /// The channel on which events of a place are consumed, if there is one.
    package func channel(at place: Int) -> Int? { channels[place] }

    package mutating func opened(_ channel: Int, at place: Int) {
        channels[place] = channel
        progress[channel] = Progress()
    }

    package func consumes(_ event: EventID) -> Bool { tags[event] != nil }

    /// The channel on which an event is consumed, if it is.
    package func channel(consuming event: EventID) -> Int? {
        tags[event].flatMap { consumers[$0]?.channel }
    }

    package var events: Set<EventID> { Set(tags.keys) }

    /// A fresh tag to consume `event` with; `nil` when it is being consumed already.
    package mutating func subscribe(to event: EventID, on channel: Int) -> String? {
        guard tags[event] == nil else { return nil }
        lastTag += 1
        // Of one width: should the broker take back messages of several tags, their order counts.
        let number = String(lastTag)
        let zeros = String(repeating: "0", count: max(0, Self.numberWidth - number.count))
        let tag = "\(event).\(zeros)\(number)"
        consumers[tag] = Consumer(event: event, channel: channel)
        tags[event] = tag
        return tag
    }

    /// The broker has ended a consumer; nothing more comes of it.
    ///
    /// Returns its event, if that was consumed.
    package mutating func ended(_ tag: String) -> EventID? {
        guard let consumer = consumers.removeValue(forKey: tag) else { return nil }
        tags[consumer.event] = nil
        return consumer.event
    }

    /// Takes a delivery; `nil` for one of a channel that takes no more.
    package mutating func take(_ tag: String, _ number: UInt64) -> (event: EventID, channel: Int)? {
        guard let consumer = consumers[tag], !halted.contains(consumer.channel) else { return nil }
        progress[consumer.channel]?.taken = number
        return (consumer.event, consumer.channel)
    }

    /// A message of `event` was taken in vain: what stands at its place, and behind it on its channel, counts as
    /// not taken, and nothing more is taken there until the event is taken off.
    package mutating func halt(at place: DeliveryPlace, of event: EventID) {
        halted.insert(place.channel)
        apart.insert(event)
        progress[place.channel]?.taken = max(place.tag, 1) - 1
    }

    /// Up to `place` all is done.
    package mutating func acknowledged(_ place: DeliveryPlace) {
        progress[place.channel]?.acknowledged = place.tag
    }

    /// Whether all that was taken from a channel is acknowledged.
    package func isSettled(_ channel: Int) -> Bool {
        progress[channel].map { $0.taken <= $0.acknowledged } ?? true
    }

    /// Takes nothing more from the channels that consume `leaving`; returns those channels, and the other
    /// events that were consumed on them.
    package mutating func stopTaking(
        _ leaving: Set<EventID>
    ) -> (channels: [Int], others: [EventID]) {
        let closing = Set(leaving.compactMap { tags[$0].flatMap { consumers[$0]?.channel } })
        var others: [EventID] = []
        for (tag, consumer) in consumers where closing.contains(consumer.channel) {
            consumers[tag] = nil
            tags[consumer.event] = nil
            if !leaving.contains(consumer.event) { others.append(consumer.event) }
        }
        for (place, channel) in channels where closing.contains(channel) { channels[place] = nil }
        return (closing.sorted(), others.sorted())
    }

    /// A channel is closed: what was not acknowledged is the broker's again.
    package mutating func closed(_ channel: Int) {
        progress[channel] = nil
        halted.remove(channel)
    }
}
