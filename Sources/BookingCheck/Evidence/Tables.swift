package import BookingDomain

/// What stood in the databases when all was over.
package struct Tables: Sendable {
    package var events: [StoredEvent] = []
    package var bookings: [StoredBooking] = []
    /// The events' logs, page by page.
    package var pages: [StoredPage] = []
    /// What commands that asked for changes came to.
    package var changes: [Change] = []
    package var shards: [StoredShard] = []
    /// How far along its sequence an event with limits is tallied.
    package var tallied: [EventID: Int64] = [:]
    /// What buyers have of limited ticket types, as the tallies say.
    package var tallies: [StoredTally] = []
    /// How many letters lie in the tables of all shards.
    package var deadLetters = 0

    package init() {}
}

/// A row of `event` with its ticket types.
package struct StoredEvent: Hashable, Sendable {
    package let id: EventID
    package var sequence: Int64
    package var ticketTypes: [StoredTicketType]

    package init(id: EventID, sequence: Int64, ticketTypes: [StoredTicketType]) {
        self.id = id
        self.sequence = sequence
        self.ticketTypes = ticketTypes
    }
}

/// A row of `ticket_type`; the numbers may be anything, for a bug may have written them.
package struct StoredTicketType: Hashable, Sendable {
    package let number: TicketTypeNumber
    package var capacity: Int
    package var available: Int
    package var held: Int
    package var confirmed: Int

    package init(
        number: TicketTypeNumber, capacity: Int, available: Int, held: Int, confirmed: Int
    ) {
        self.number = number
        self.capacity = capacity
        self.available = available
        self.held = held
        self.confirmed = confirmed
    }
}

/// A row of `buyer_tally`.
package struct StoredTally: Hashable, Sendable {
    package let event: EventID
    package let allowance: Allowance
    package var taken: Int

    package init(event: EventID, allowance: Allowance, taken: Int) {
        self.event = event
        self.allowance = allowance
        self.taken = taken
    }
}

/// A row of `booking`, with the epoch of the lease it was decided under.
package struct StoredBooking: Hashable, Sendable {
    package var booking: Booking
    package var epoch: Int64

    package init(_ booking: Booking, epoch: Int64) {
        self.booking = booking
        self.epoch = epoch
    }
}

/// A row of `log_page`, with the epoch of the lease its entries were applied under.
package struct StoredPage: Hashable, Sendable {
    package var page: LogPage
    package var epoch: Int64

    package init(_ page: LogPage, epoch: Int64) {
        self.page = page
        self.epoch = epoch
    }
}

/// What a shard's database says of the shard itself.
package struct StoredShard: Hashable, Sendable {
    package let shard: ShardNumber
    /// The commands it says were ever decided.
    package var commands: Int64
    /// The inserts of bookings as a trigger saw them; empty where there was none.
    package var audits: [CommitAudit]

    package init(shard: ShardNumber, commands: Int64, audits: [CommitAudit]) {
        self.shard = shard
        self.commands = commands
        self.audits = audits
    }
}

/// What the lease's epoch was while bookings were inserted under `writerEpoch`.
///
/// Inserts alike are one, with their number.
package struct CommitAudit: Hashable, Sendable {
    package var writerEpoch: Int64
    package var leaseEpoch: Int64
    package var commits: Int

    package init(writerEpoch: Int64, leaseEpoch: Int64, commits: Int) {
        self.writerEpoch = writerEpoch
        self.leaseEpoch = leaseEpoch
        self.commits = commits
    }
}

/// What waits in the broker's queues, messages ready to be delivered; and the dead letters.
///
/// Messages that a worker holds unacknowledged are not among them, so all workers must be gone.
package struct QueueCounts: Hashable, Sendable {
    /// By event; an event without a queue is absent.
    package var events: [EventID: Int]
    /// In the tables of all shards.
    package var deadLetters: Int

    package init(events: [EventID: Int], deadLetters: Int) {
        self.events = events
        self.deadLetters = deadLetters
    }
}
