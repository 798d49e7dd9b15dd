package import BookingDomain
package import BookingHistory

/// What a run set out to do, in the terms of the domain.
package struct Plan: Sendable {
    /// An event as it was made.
    package struct PlannedSale: Hashable, Sendable {
        package let organizer: UserID
        package let ticketTypes: [TicketTypeNumber: Allotment]
        package let terms: EventTerms

        /// How many places there are of each ticket type.
        var capacities: [TicketTypeNumber: Int] { ticketTypes.mapValues(\.capacity) }
    }

    /// What there was of a ticket type.
    package struct Allotment: Hashable, Sendable {
        package let capacity: Int
        package let maxPerUser: Int?
        /// Whether enough was asked for that it must be sold out exactly.
        package let demandSuffices: Bool
    }

    package let events: [EventID: PlannedSale]
    /// Ingress instances, each of which must have been asked for every event in the end.
    package let instances: Int
    /// How many poisonous messages the run put into the lines.
    package let poisonCount: Int
    /// The keys that could be read of them.
    package let poisonKeys: Set<BookingKey>
    /// Bookings the run wrote past the system.
    package let outsideKeys: Set<BookingKey>
    package let observed: ObservedCounts
    package let required: [RareEvent]
    /// Whether bookings may stand above the logs' ends.
    package let mixesVersions: Bool
    /// When the workers were told to stop.
    package let workedUntil: Instant?

    /// Reads the ids of `run`; throws when one is none.
    package init(_ run: RunDescription) throws(CheckError) {
        var events: [EventID: PlannedSale] = [:]
        for event in run.events {
            events[try read(event.id, as: EventID.init)] = try PlannedSale(event)
        }
        self.events = events
        instances = run.instances
        poisonCount = run.poison.count
        var poisonKeys: Set<BookingKey> = []
        for message in run.poison {
            guard let key = message.key else { continue }
            poisonKeys.insert(try read(key, as: BookingKey.init))
        }
        self.poisonKeys = poisonKeys
        var outsideKeys: Set<BookingKey> = []
        for booking in run.outside {
            outsideKeys.insert(try read(booking.key, as: BookingKey.init))
        }
        self.outsideKeys = outsideKeys
        observed = run.observed
        required = run.required
        mixesVersions = run.mixesVersions ?? false
        workedUntil = try run.workedUntil.map { text throws(CheckError) in
            try read(text, as: Instant.init(utc:))
        }
    }
}

extension Plan.PlannedSale {
    fileprivate init(_ event: PlannedEvent) throws(CheckError) {
        organizer = try read(event.organizer, as: UserID.init)
        var ticketTypes: [TicketTypeNumber: Plan.Allotment] = [:]
        for type in event.ticketTypes {
            ticketTypes[try read(type.id, as: TicketTypeID.init).number] = Plan.Allotment(
                capacity: type.capacity, maxPerUser: type.maxPerUser,
                demandSuffices: type.demandSuffices)
        }
        self.ticketTypes = ticketTypes
        guard
            let terms = EventTerms(
                holdSeconds: event.holdSeconds ?? EventTerms.holdSecondsDefault,
                paymentGraceSeconds: event.paymentGraceSeconds
                    ?? EventTerms.paymentGraceSecondsDefault)
        else { throw CheckError(.plan, "event \(event.id) has terms that no event can have") }
        self.terms = terms
    }
}

private func read<ID>(_ text: String, as make: (String) -> ID?) throws(CheckError) -> ID {
    guard let id = make(text) else {
        throw CheckError(.plan, "the run's description names \"\(text)\", which is no \(ID.self)")
    }
    return id
}
