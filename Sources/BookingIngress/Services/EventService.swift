import BookingDomain
import BookingStore
import Logging

/// Making and showing events.
struct EventService: Sendable {
    /// How long making an event waits for the broker to make its queue; the worker makes it otherwise.
    private static let queueLimit = Duration.seconds(1)

    let events: any EventStore
    let users: any UserStore
    let quota: EventQuota
    let catalog: EventCatalog
    let commands: any CommandSink
    let jobs: BackgroundJobs
    let shardCount: Int
    let surroundings: Surroundings
    var now: Instant { surroundings.now() }
    let logger: Logger

    /// Makes an event in a shard picked at random; it can be booked when this returns.
    func create(_ draft: EventDraft, by principal: Principal) async throws -> Event {
        guard principal.role == .organizer else { throw Refusal.organizersOnly }
        return try await quota.making(for: principal.user) {
            // From now on the account cannot be removed; or it is removed, and its sessions end.
            let isThere = try await asking { () async throws(StoreError) in
                try await users.noteEventMaking(by: principal.user)
            }
            guard isThere else { throw Refusal.invalidToken }
            return try await create(draft, of: principal.user)
        }
    }

    private func create(_ draft: EventDraft, of organizer: UserID) async throws -> Event {
        let event = event(draft, of: organizer)
        // The queue comes first: a worker that consumes it while the broker is making it loses its
        // connection, and with it for seconds all other events of the shard.
        let hasQueue = event.status == .onSale ? await prepareQueue(for: event.id) : false
        try await asking { () async throws(StoreError) in
            do throws(StoreError) { try await events.create(event) } catch {
                if hasQueue, error.isSafeToRetry { await discardQueue(of: event.id) }
                throw error
            }
        }
        catalog.insert(event)
        return event
    }

    /// The event as the last outcome left it; while outcomes are not heard, no older than a second, if
    /// the database answers.
    ///
    /// A draft is seen by its organizer alone.
    func event(_ id: EventID, for principal: Principal?) async throws(Refusal) -> Event {
        let event = try await catalog.event(id, .fresh)
        guard let event, event.isVisible(to: principal?.user) else { throw Refusal.noSuchEvent }
        return event
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
            ticketTypes: types, isListed: draft.isListed, terms: draft.terms)
    }

    private func prepareQueue(for event: EventID) async -> Bool {
        await inTime("an event has no queue yet; its first booking or a worker makes it", event) {
            [commands] in try await commands.prepareQueue(for: event)
        }
    }

    private func discardQueue(of event: EventID) async {
        _ = await inTime("the queue of an event that was not made is left", event) {
            [commands] in try await commands.discardQueue(of: event)
        }
    }

    /// Whether the broker did as it was asked before the limit; else logs what follows from that.
    ///
    /// A broker that is busy may take seconds; it goes on then, but nobody waits for it.
    private func inTime(
        _ consequence: Logger.Message, _ event: EventID,
        _ body: @escaping @Sendable () async throws -> Void
    ) async -> Bool {
        let done = OneShot<Result<Void, any Error>>()
        let isBegun = jobs.begin {
            do { done.answer(.success(try await body())) } catch { done.answer(.failure(error)) }
        }
        if !isBegun { done.answer(.failure(Refusal.overloaded(.events))) }
        let result = try? await within(Self.queueLimit) {
            await done.wait(cancelled: .failure(CancellationError()))
        }
        let problem: String
        switch result {
        case .success: return true
        case .failure(let error): problem = "\(error)"
        case nil: problem = "no answer in time"
        }
        logger.info(consequence, metadata: ["event": "\(event)", "problem": "\(problem)"])
        return false
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
