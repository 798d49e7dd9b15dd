/// The publishes of one channel the broker has not confirmed yet.
///
/// The broker numbers publishes from 1 as they come and confirms them singly or up to a number. A
/// `basic.return` has no number and comes before its confirm: it is matched by message id,
/// exchange and routing key. Should several unconfirmed publishes share all three, each of them
/// counts as returned: better to report a message lost that was not than the reverse.
struct ConfirmLedger {
    typealias Instant = ContinuousClock.Instant

    /// A publish whose outcome is known, if someone still waits for it.
    struct Settled: Equatable {
        var ticket: Ticket
        var confirmation: AMQPConfirmation
    }

    private struct Entry {
        var ticket: Ticket?
        var deadline: Instant
        /// Set for mandatory publishes, the only ones that can be returned.
        var route: Route?
        var returned: AMQPConfirmation?
    }

    private struct Route: Equatable {
        var messageID: String
        var exchange: String
        var routingKey: String
    }

    /// Entries in order of their delivery tags from `head` on; those settled are nil.
    private var entries: [Entry?] = []
    private var head = 0
    private var headTag: UInt64 = 1
    private var mandatoryTags: [String: [UInt64]] = [:]
    /// Never later than the true next deadline; exact after `expire`.
    private var deadlineBound: Instant?

    /// Publishes not confirmed yet, those nobody waits for any more included.
    private(set) var count = 0

    /// When to call `expire` next.
    var nextDeadline: Instant? { count == 0 ? nil : deadlineBound }

    private var nextTag: UInt64 { headTag + UInt64(entries.count - head) }

    /// Enters the next publish and returns its delivery tag.
    @discardableResult
    mutating func add(
        _ publication: Publication, ticket: Ticket, deadline: Instant
    ) -> UInt64 {
        let tag = nextTag
        var entry = Entry(ticket: ticket, deadline: deadline)
        if publication.isMandatory, let id = publication.publishing.properties.messageID {
            entry.route = Route(
                messageID: id, exchange: publication.exchange, routingKey: publication.routingKey)
            mandatoryTags[id, default: []].append(tag)
        }
        entries.append(entry)
        count += 1
        deadlineBound = min(deadlineBound ?? deadline, deadline)
        return tag
    }

    /// Notes that the broker returned a message; its confirm follows.
    mutating func note(_ head: ReturnHead, messageID: String) {
        let route = Route(
            messageID: messageID, exchange: head.exchange, routingKey: head.routingKey)
        for tag in mandatoryTags[messageID] ?? [] {
            let index = index(of: tag)
            guard entries[index]?.route == route else { continue }
            entries[index]?.returned = .returned(code: head.code, text: head.text)
        }
    }

    /// Settles the publish with the given tag, and with `multiple` all before it too.
    ///
    /// The tag 0 with `multiple` means all so far.
    mutating func confirm(
        _ tag: UInt64, multiple: Bool, isPositive: Bool
    ) throws(AMQPError) -> [Settled] {
        let last = multiple && tag == 0 ? nextTag - 1 : tag
        guard last < nextTag, last > 0 || multiple else {
            throw .outOfOrder("a confirm of a message never published")
        }
        guard last >= headTag else { return [] }
        var settled: [Settled] = []
        for index in (multiple ? head : index(of: last))...index(of: last) {
            settle(at: index, isPositive: isPositive, into: &settled)
        }
        dropSettledPrefix()
        return settled
    }

    /// The callers whose time has run out; their publishes stay, to keep the numbers right.
    mutating func expire(at now: Instant) -> [Ticket] {
        guard let bound = deadlineBound, bound <= now else { return [] }
        var expired: [Ticket] = []
        deadlineBound = nil
        for index in head..<entries.count {
            guard let entry = entries[index], let ticket = entry.ticket else { continue }
            if entry.deadline <= now {
                expired.append(ticket)
                entries[index]?.ticket = nil
            } else {
                deadlineBound = min(deadlineBound ?? entry.deadline, entry.deadline)
            }
        }
        return expired
    }

    /// Forgets everything and names the callers that waited.
    mutating func failAll() -> [Ticket] {
        let waiting = entries[head...].compactMap { $0?.ticket }
        self = ConfirmLedger()
        return waiting
    }

    private func index(of tag: UInt64) -> Int { head + Int(tag - headTag) }

    private mutating func settle(at index: Int, isPositive: Bool, into settled: inout [Settled]) {
        guard let entry = entries[index] else { return }
        entries[index] = nil
        count -= 1
        if let route = entry.route {
            forget(headTag + UInt64(index - head), messageID: route.messageID)
        }
        guard let ticket = entry.ticket else { return }
        let confirmation = isPositive ? entry.returned ?? .confirmed : .nacked
        settled.append(Settled(ticket: ticket, confirmation: confirmation))
    }

    private mutating func forget(_ tag: UInt64, messageID: String) {
        guard let position = mandatoryTags.index(forKey: messageID) else { return }
        if mandatoryTags.values[position].count == 1 {
            mandatoryTags.remove(at: position)
        } else {
            mandatoryTags.values[position].removeAll { $0 == tag }
        }
    }

    private mutating func dropSettledPrefix() {
        while head < entries.count, entries[head] == nil {
            head += 1
            headTag += 1
        }
        if head == entries.count {
            entries.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 1024 && head > entries.count / 2 {
            entries.removeFirst(head)
            head = 0
        }
    }
}
