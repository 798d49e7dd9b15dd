/// The rules of a sale, said as simply as they can be: whatever is counted is counted anew from all bookings.
///
/// Written beside the domain and without it, for the two to be compared. Times are microseconds.
struct SaleModel {
    struct Terms {
        var capacities: [Int]
        var limits: [Int?]
        var holdTime: Int64
        var paymentGrace: Int64
        var overAt: Int64
    }

    enum Standing { case held, confirmed, rejected, failed, cancelled, expired }

    struct Booking {
        var user: Int
        var wants: [Int: Int]
        var standing: Standing
        var dueAt: Int64 = 0
        var extendableUntil: Int64 = 0
        var isPaying = false
        var place: Int64
        var changedAt: Int64
        /// How often its tickets were given back by its cancellation, for a planted defect.
        var credits = 0
    }

    /// A rule that is broken on purpose, for the comparison to find.
    enum Defect: CaseIterable {
        case cancelCreditsTwice, lateThoughSold, lateBeyondLimit, lateWhenOver
        case extendsForEver, extendsFromDue, extendsPaying
        case expiresEarly, believesTicks, expiryKeepsTickets, expiresInOrderOfPlace
        case changesTwice, booksTwice, ticksTwice
        case limitNotGivenBack, limitForgetsHolds
        case paysTwice, paymentShortens, confirmsCancelled, cancelsExpired, sellsWhenOver
        case clockGoesBack
    }

    enum Answer: Hashable {
        case confirmed
        case held(dueAt: Int64, until: Int64, isPaying: Bool)
        case rejected(String)
        case failed
        case cancelled
        case refused(String)
        case expired([Int])
        case again
        case nothing

        /// Its kind, or the reason it gives.
        var word: String {
            switch self {
            case .confirmed: "confirmed"
            case .held: "held"
            case .rejected(let reason), .refused(let reason): reason
            case .failed: "failed"
            case .cancelled: "cancelled"
            case .expired: "expired"
            case .again: "again"
            case .nothing: "nothing"
            }
        }
    }

    let terms: Terms
    var defect: Defect?
    private(set) var bookings: [Int: Booking] = [:]
    private var doneChanges: Set<Int> = []
    private var clock: Int64 = .min
    private(set) var sequence: Int64 = 0

    init(_ terms: Terms, defect: Defect? = nil) {
        self.terms = terms
        self.defect = defect
    }

    /// When the last entry was applied.
    var lastAppliedAt: Int64 { clock }

    /// What is left, held and confirmed of each ticket type.
    var stock: [[Int]] {
        terms.capacities.enumerated().map { index, capacity in
            var (held, confirmed, extra) = (0, 0, 0)
            for booking in bookings.values {
                guard let quantity = booking.wants[index + 1] else { continue }
                if booking.standing == .held { held += quantity }
                if booking.standing == .confirmed { confirmed += quantity }
                if booking.standing == .expired, defect == .expiryKeepsTickets { extra -= quantity }
                extra += booking.credits * quantity
            }
            return [capacity - held - confirmed + extra, held, confirmed]
        }
    }

    /// How many tickets of a type a user has.
    func taken(by user: Int, of type: Int) -> Int {
        var taken = 0
        for booking in bookings.values where booking.user == user {
            let counts =
                switch booking.standing {
                case .confirmed: true
                case .held: defect != .limitForgetsHolds
                case .cancelled: defect == .limitNotGivenBack
                case .rejected, .failed, .expired: false
                }
            if counts { taken += booking.wants[type] ?? 0 }
        }
        return taken
    }

    mutating func apply(_ command: SaleCommand, at time: Int64) -> Answer {
        let now = defect == .clockGoesBack ? time : max(clock, time)
        let answer = answer(to: command, at: now)
        switch answer {
        case .again, .nothing: break
        case .confirmed, .held, .rejected, .failed, .cancelled, .refused, .expired: clock = now
        }
        return answer
    }

    /// Notes that what just expired took more than one entry: so many bookings in each.
    mutating func expired(_ numbers: [Int], inPieces counts: [Int]) {
        sequence -= 1
        var rest = numbers[...]
        for count in counts {
            sequence += 1
            for number in rest.prefix(count) { bookings[number]?.changedAt = sequence }
            rest = rest.dropFirst(count)
        }
    }

    private mutating func answer(to command: SaleCommand, at now: Int64) -> Answer {
        switch command.asks {
        case .book(let wants, let hold):
            if bookings[command.booking] != nil, defect != .booksTwice { return .again }
            return book(wants, hold: hold, command, at: now)
        case .unreadable:
            if bookings[command.booking] != nil { return .again }
            sequence += 1
            bookings[command.booking] = Booking(
                user: command.user, wants: [:], standing: .failed, place: sequence,
                changedAt: sequence)
            return .failed
        case .change(let verb):
            guard doneChanges.insert(command.number).inserted || defect == .changesTwice else {
                return .again
            }
            sequence += 1
            guard verb != .undecodable else { return .refused("undecodable") }
            guard let booking = bookings[command.booking] else { return .refused("no_booking") }
            let (changed, answer) = change(booking, verb, at: now)
            if var changed {
                changed.changedAt = sequence
                bookings[command.booking] = changed
            }
            return answer
        case .tick(let time): return tick(time, at: now)
        }
    }

    private mutating func book(
        _ wants: [Int: Int], hold: Bool, _ command: SaleCommand, at now: Int64
    ) -> Answer {
        sequence += 1
        var booking = Booking(
            user: command.user, wants: wants, standing: .rejected, place: sequence,
            changedAt: sequence)
        let objection = objection(to: wants, by: command.user, at: now)
        if objection == nil { booking.standing = hold ? .held : .confirmed }
        booking.dueAt = now + terms.holdTime
        booking.extendableUntil = now + 3 * terms.holdTime
        bookings[command.booking] = booking
        if let objection { return .rejected(objection) }
        return hold ? held(booking) : .confirmed
    }

    private func held(_ booking: Booking) -> Answer {
        .held(
            dueAt: booking.dueAt, until: booking.extendableUntil, isPaying: booking.isPaying)
    }

    private func objection(
        to wants: [Int: Int], by user: Int, at now: Int64, late: Bool = false
    ) -> String? {
        let ignoresEnd = defect == (late ? .lateWhenOver : .sellsWhenOver)
        if now >= terms.overAt, !ignoresEnd { return "event_closed" }
        if wants.keys.contains(where: { $0 > terms.capacities.count }) {
            return "unknown_ticket_type"
        }
        for (type, quantity) in wants where !(late && defect == .lateBeyondLimit) {
            guard let limit = terms.limits[type - 1] else { continue }
            if taken(by: user, of: type) + quantity > limit { return "limit_exceeded" }
        }
        for (type, quantity) in wants where !(late && defect == .lateThoughSold) {
            if stock[type - 1][0] < quantity { return "sold_out" }
        }
        return nil
    }

    /// The booking as it is then, `nil` if it stays as it was, and what is said.
    private func change(
        _ booking: Booking, _ verb: SaleCommand.Verb, at now: Int64
    ) -> (Booking?, Answer) {
        var new = booking
        switch (verb, booking.standing) {
        case (.confirm, .held):
            new.standing = .confirmed
            return (new, .confirmed)
        case (.confirm, .expired):
            if objection(to: booking.wants, by: booking.user, at: now, late: true) != nil {
                return (nil, .refused("hold_expired"))
            }
            new.standing = .confirmed
            return (new, .confirmed)
        case (.confirm, .cancelled) where defect == .confirmsCancelled:
            new.standing = .confirmed
            return (new, .confirmed)
        case (.confirm, _): return (nil, .refused("not_confirmable"))
        case (.pay, .held):
            if booking.isPaying, defect != .paysTwice { return (nil, .refused("not_confirmable")) }
            new.isPaying = true
            let end = now + terms.paymentGrace
            new.dueAt = defect == .paymentShortens ? end : max(booking.dueAt, end)
            return (new, held(new))
        case (.pay, .expired): return (nil, .refused("hold_expired"))
        case (.pay, _): return (nil, .refused("not_confirmable"))
        case (.extend, .held): return extend(booking, at: now)
        case (.extend, _): return (nil, .refused("not_extendable"))
        case (.cancel, .held), (.cancel, .confirmed):
            new.standing = .cancelled
            if defect == .cancelCreditsTwice { new.credits = 1 }
            return (new, .cancelled)
        case (.cancel, .expired) where defect == .cancelsExpired:
            new.standing = .cancelled
            return (new, .cancelled)
        case (.cancel, _): return (nil, .refused("not_cancellable"))
        case (.undecodable, _): return (nil, .refused("undecodable"))
        }
    }

    private func extend(_ booking: Booking, at now: Int64) -> (Booking?, Answer) {
        var end = (defect == .extendsFromDue ? booking.dueAt : now) + terms.holdTime
        if end > booking.extendableUntil, defect != .extendsForEver {
            end = booking.extendableUntil
        }
        if end <= booking.dueAt || end <= now { return (nil, .refused("not_extendable")) }
        var new = booking
        new.dueAt = end
        if defect == .extendsPaying { new.isPaying = false }
        return (new, held(new))
    }

    private mutating func tick(_ time: Int64, at now: Int64) -> Answer {
        var limit = defect == .believesTicks ? time : min(time, now)
        if defect == .expiresEarly { limit += 1 }
        let due = bookings.filter { $0.value.standing == .held && $0.value.dueAt <= limit }
            .sorted {
                defect == .expiresInOrderOfPlace || $0.value.dueAt == $1.value.dueAt
                    ? $0.value.place < $1.value.place : $0.value.dueAt < $1.value.dueAt
            }
        guard !due.isEmpty else {
            guard defect == .ticksTwice, time <= now, sequence > 0 else { return .nothing }
            sequence += 1
            return .expired([])
        }
        sequence += 1
        for (number, _) in due {
            bookings[number]?.standing = .expired
            bookings[number]?.changedAt = sequence
        }
        return .expired(due.map(\.key))
    }
}
