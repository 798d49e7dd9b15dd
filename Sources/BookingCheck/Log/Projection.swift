import BookingDomain

/// What the entries of an event's log come to, each taken at its word.
///
/// Whether the words are right is for the replay to say.
struct Projection: Sendable {
    /// How many places of a ticket type are left, held and confirmed.
    struct Places: Hashable, Sendable {
        var available: Int
        var held = 0
        var confirmed = 0

        /// What may be had now, or once holds lapse.
        var obtainable: Int { available + held }
    }

    /// How many places of a type, or tickets of a user, there were from a sequence on.
    struct Step: Sendable {
        let sequence: Int64
        let count: Int
    }

    /// The bookings, each with all that became of it.
    private(set) var courses: [BookingKey: Course] = [:]
    /// What the changes came to.
    private(set) var changes: [CommandID: Change] = [:]
    private(set) var places: [TicketTypeNumber: Places]
    /// How the places that could be obtained changed, by ticket type.
    private(set) var obtainable: [TicketTypeNumber: [Step]]
    /// How the tickets changed that users have of ticket types.
    private(set) var taken: [Allowance: [Step]] = [:]
    /// Entries that are about a booking which is not there, or is in no state for them.
    private(set) var impossible: [(sequence: Int64, text: String)] = []
    /// Entries after which more places were taken than there are.
    private(set) var oversold: [(sequence: Int64, type: TicketTypeNumber, taken: Int)] = []

    /// How many requests were rejected as sold out.
    private(set) var refusedAsSoldOut = 0
    /// Those of them for which there were places.
    private(set) var refusedWithPlaces: [Int64] = []

    private let event: EventID
    private let capacities: [TicketTypeNumber: Int]
    private let users: [BookingKey: UserID]

    /// Projects `log` of an event with these capacities; the log does not say who bought, so `users` does.
    init(_ log: EventLog, capacities: [TicketTypeNumber: Int], users: [BookingKey: UserID]) {
        event = log.event
        self.capacities = capacities
        self.users = users
        places = capacities.mapValues { Places(available: $0) }
        obtainable = capacities.mapValues { [Step(sequence: 0, count: $0)] }
        for entry in log.entries { add(entry) }
    }

    private mutating func add(_ entry: Entry) {
        switch entry.body {
        case .book(let basket, let holding, let decision):
            make(entry, basket, holding, decision)
        case .undecodable:
            begin(entry, Course(entry, basket: nil, flags: [], .failed, .undecodable, nil))
        case .change(let verb, let key, .applied(let hold)):
            note(Change(entry, of: event, booking: key, refusal: nil))
            move(key, to: verb.status, hold: hold, at: entry.sequence)
        case .change(_, let key, .refused(let refusal)):
            note(Change(entry, of: event, booking: key, refusal: refusal))
        case .expire(let keys, _, _):
            for key in keys { move(key, to: .expired, hold: nil, at: entry.sequence) }
        }
    }

    private mutating func make(
        _ entry: Entry, _ basket: Basket, _ holding: Bool, _ decision: Entry.Decision
    ) {
        let (status, reason, hold): (BookingStatus, Reason?, Hold?) =
            switch decision {
            case .confirmed: (.confirmed, nil, nil)
            case .held(let hold): (.held, nil, hold)
            case .rejected(let reason): (.rejected, reason, nil)
            }
        if reason == .soldOut {
            refusedAsSoldOut += 1
            let fits = basket.items.allSatisfy {
                places[$0.ticketType]?.available ?? 0 >= $0.quantity.rawValue
            }
            if fits { refusedWithPlaces.append(entry.sequence) }
        }
        let course = Course(
            entry, basket: basket, flags: holding ? .hold : [], status, reason, hold)
        begin(entry, course)
        take(course, from: nil, to: status, at: entry.sequence)
    }

    private mutating func begin(_ entry: Entry, _ course: Course) {
        // A second one of the same id is for another rule; the first stands.
        let key = BookingKey(bits: entry.command.bits)
        if courses[key] == nil { courses[key] = course }
    }

    private mutating func note(_ change: Change) {
        if changes[change.command] == nil { changes[change.command] = change }
    }

    private mutating func move(
        _ key: BookingKey, to status: BookingStatus?, hold: Hold?, at sequence: Int64
    ) {
        guard var course = courses[key], let status else {
            impossible.append((sequence, "it changes booking \(key), which there is not"))
            return
        }
        let before = course.last
        if before.status != status && !before.status.canBecome(status)
            || before.status == status && status != .held
        {
            impossible.append(
                (sequence, "booking \(key) becomes \(status), which was \(before.status)"))
        }
        take(course, from: before.status, to: status, at: sequence)
        course.append(
            Course.State(sequence: sequence, status: status, reason: nil, hold: hold))
        courses[key] = course
    }

    private mutating func take(
        _ course: Course, from before: BookingStatus?, to after: BookingStatus, at sequence: Int64
    ) {
        let (had, has) = (before?.takesPlaces ?? false, after.takesPlaces)
        for item in course.basket?.items ?? [] {
            let quantity = item.quantity.rawValue
            var places = places[item.ticketType] ?? Places(available: 0)
            let obtainableBefore = places.obtainable
            places.move(quantity, out: before)
            places.move(-quantity, out: after)
            self.places[item.ticketType] = places
            if places.obtainable != obtainableBefore {
                obtainable[item.ticketType, default: []].note(places.obtainable, at: sequence)
            }
            if places.available < 0, has, !had {
                let taken = (capacities[item.ticketType] ?? 0) - places.available
                oversold.append((sequence, item.ticketType, taken))
            }
            guard had != has, let user = users[course.key] else { continue }
            let allowance = Allowance(user: user, ticketType: item.ticketType)
            let count = (taken[allowance]?.last?.count ?? 0) + (has ? quantity : -quantity)
            taken[allowance, default: [Step(sequence: 0, count: 0)]].note(count, at: sequence)
        }
    }
}

extension Projection.Places {
    /// Takes `count` places out of where those of a booking of that status are.
    fileprivate mutating func move(_ count: Int, out status: BookingStatus?) {
        switch status {
        case .held:
            held -= count
            available += count
        case .confirmed:
            confirmed -= count
            available += count
        case .pending, .waitlisted, .rejected, .cancelled, .expired, .failed, nil: break
        }
    }
}

extension BookingStatus {
    /// Whether a booking of this status takes places from others.
    var takesPlaces: Bool {
        switch self {
        case .confirmed, .held: true
        case .pending, .waitlisted, .rejected, .cancelled, .expired, .failed: false
        }
    }
}

extension Change {
    fileprivate init(
        _ entry: Entry, of event: EventID, booking: BookingKey, refusal: Change.Refusal?
    ) {
        self.init(
            command: entry.command, event: event, booking: booking, sequence: entry.sequence,
            refusal: refusal)
    }
}

extension Command.Verb {
    /// What a booking is once it was applied; `nil` for what never is.
    fileprivate var status: BookingStatus? {
        switch self {
        case .confirm: .confirmed
        case .pay, .extend: .held
        case .cancel: .cancelled
        case .undecodable: nil
        }
    }
}

extension [Projection.Step] {
    /// An entry counts as a whole: what is between its bookings nobody can have seen.
    fileprivate mutating func note(_ count: Int, at sequence: Int64) {
        if last?.sequence == sequence { removeLast() }
        append(Projection.Step(sequence: sequence, count: count))
    }

    /// The counts there were from `first` to `last`, in the order of the line.
    func counts(from first: Int64, to last: Int64) -> some Sequence<Int> {
        // The step before the first that begins later was in force then.
        var start = 0
        var end = count
        while start < end {
            let middle = (start + end) / 2
            if self[middle].sequence <= first { start = middle + 1 } else { end = middle }
        }
        return self[Swift.max(0, start - 1)...].lazy.prefix { $0.sequence <= last }.map(\.count)
    }
}
