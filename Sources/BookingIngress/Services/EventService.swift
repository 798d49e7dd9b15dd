import BookingDomain
import BookingStore
import Logging

/// Making, listing and showing events.
struct EventService: Sendable {
    /// How long making an event waits for its queue; the worker makes it otherwise.
    private static let prepareLimit = Duration.seconds(1)

    let events: any EventStore
    let catalog: EventCatalog
    let pages: EventPages
    let commands: any CommandSink
    let shardCount: Int
    let surroundings: Surroundings
    let logger: Logger

    /// Makes an event in a shard picked at random; it can be booked when this returns.
    func create(_ draft: EventDraft, by principal: Principal) async throws -> Event {
        guard principal.role == .organizer else { throw Refusal.organizersOnly }
        let event = event(draft, of: principal.user)
        try await asking { () async throws(StoreError) in try await events.create(event) }
        catalog.insert(event)
        if event.status == .onSale { await prepareQueue(for: event.id) }
        return event
    }

    /// The event as the last outcome left it; while outcomes are not heard, no older than a second, if
    /// the database answers.
    ///
    /// A draft is seen by its organizer alone.
    func event(_ id: EventID, for principal: Principal?) async throws(Refusal) -> Event {
        let event = try await catalog.event(id, ageMax: nil)
        guard let event, event.isVisible(to: principal?.user) else { throw Refusal.noSuchEvent }
        return event
    }

    /// At most `limit` events, newest first, older than `cursor`; as they were half a second ago at most.
    func events(before cursor: EventID?, limit: Int) async throws -> [Event] {
        try await pages.events(at: EventPages.Place(cursor: cursor, limit: limit)) { [events] in
            try await asking { () async throws(StoreError) in
                try await events.events(before: cursor, limit: limit)
            }
        }
    }

    private func event(_ draft: EventDraft, of organizer: UserID) -> Event {
        let now = surroundings.now()
        let picked = Int(surroundings.random() % UInt64(shardCount))
        // The count is checked at the start, so every number below it is a shard's.
        let shard = ShardNumber(picked) ?? EventID(bits: 0).shard
        let types = draft.ticketTypes.enumerated().compactMap { index, type in
            TicketTypeNumber(index + 1).map { number in
                TicketType(
                    number: number, name: type.name, price: type.price,
                    maxPerUser: type.maxPerUser, stock: Stock(capacity: type.capacity))
            }
        }
        return Event(
            id: EventID(shard: shard, now: now, random: surroundings.random()),
            organizer: organizer, title: draft.title, venue: draft.venue, startsAt: draft.startsAt,
            endsAt: draft.endsAt, createdAt: now, status: draft.status, version: 1, sequence: 0,
            ticketTypes: types)
    }

    private func prepareQueue(for event: EventID) async {
        do {
            let prepared: Void? = try await within(Self.prepareLimit) { [commands] in
                try await commands.prepareQueue(for: event)
            }
            if prepared != nil { return }
        } catch {
            logger.debug("an event's queue was not declared", metadata: ["error": "\(error)"])
        }
        logger.info(
            "an event was made without its queue; the first booking or a worker declares it",
            metadata: ["event": "\(event)"])
    }
}

extension Event {
    /// Whether somebody may know of the event at all.
    func isVisible(to user: UserID?) -> Bool {
        switch status {
        case .onSale, .closed: true
        case .draft: user == organizer
        }
    }
}
