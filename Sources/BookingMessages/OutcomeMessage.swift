package import BookingDomain

/// What a worker publishes after a batch has committed: what its commands came to, and how the
/// events stand now.
///
/// Shape: `schemas/messages/outcomes.v1.schema.json`.
package struct OutcomeMessage: Hashable, Sendable {
    /// The message's AMQP `type` property.
    package static let type = "booking.outcomes.v1"

    package let shard: ShardNumber
    /// The number of the batch in its shard; 0 when nothing was new in it.
    package let batch: Int64
    /// The number of the shard's last batch before; who has not heard of that one has missed something.
    ///
    /// `nil` when nothing was new, or when the worker is of a version that does not say it.
    package let previousBatch: Int64?
    /// Names the history that the shard's database has: another one after a restore, or after a failover.
    package let incarnation: String?
    package let bookings: [Booking]
    /// What commands that asked for changes came to.
    package let changes: [Change]
    package let events: [EventState]
    /// What was told, too, in words that this program does not know: nothing that is remembered of it is so
    /// any more, and the database is to be asked.
    package let unknown: UnknownOutcomes

    package init(
        shard: ShardNumber, batch: Int64, previousBatch: Int64? = nil, incarnation: String? = nil,
        bookings: [Booking], changes: [Change] = [], events: [EventState],
        unknown: UnknownOutcomes = UnknownOutcomes()
    ) {
        self.shard = shard
        self.batch = batch
        self.previousBatch = previousBatch
        self.incarnation = incarnation
        self.bookings = bookings
        self.changes = changes
        self.events = events
        self.unknown = unknown
    }
}

/// What an outcome message tells that only another version can read.
package struct UnknownOutcomes: Hashable, Sendable {
    /// The bookings that are in a status which this program does not know.
    package var bookings: [BookingKey] = []
    /// The events that are.
    package var events: [EventID] = []

    package init() {}

    package var isEmpty: Bool { bookings.isEmpty && events.isEmpty }
}

/// How an event stands after a batch.
package struct EventState: Hashable, Sendable {
    package let id: EventID
    package let version: Int64
    package let sequence: Int64
    package let status: EventStatus
    package let ticketTypes: [TicketTypeState]

    package init(
        id: EventID, version: Int64, sequence: Int64, status: EventStatus,
        ticketTypes: [TicketTypeState]
    ) {
        self.id = id
        self.version = version
        self.sequence = sequence
        self.status = status
        self.ticketTypes = ticketTypes
    }

    /// The state that a committed ledger has.
    package init(_ ledger: EventLedger) {
        id = ledger.event
        version = ledger.version
        sequence = ledger.sequence
        status = ledger.status
        ticketTypes = ledger.ticketTypes.values.sorted { $0.number < $1.number }.map {
            TicketTypeState(
                number: $0.number, capacity: $0.stock.capacity, available: $0.stock.available,
                held: $0.stock.held)
        }
    }
}

/// How a ticket type stands after a batch.
package struct TicketTypeState: Hashable, Sendable {
    package let number: TicketTypeNumber
    package let capacity: Int
    package let available: Int
    package let held: Int

    package init(number: TicketTypeNumber, capacity: Int, available: Int, held: Int = 0) {
        self.number = number
        self.capacity = capacity
        self.available = available
        self.held = held
    }
}
